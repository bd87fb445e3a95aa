//! The pages: what stands there before the first event comes.

use crate::board::About;
use crate::study::StudyAbout;
use maud::{DOCTYPE, Markup, html};

/// The page of a run.
pub(crate) fn run(about: &About, directory: &str) -> String {
    let zones =
        if about.zones == 1 { "1 zone".to_owned() } else { format!("{} zones", about.zones) };
    let asked = format!(
        "A run with seed {}: {} EVs, {zones}. Tables go to {}.",
        about.seed, about.evs, directory
    );
    let main = html! {
        section.bar aria-label="Clock and controls" {
            p.clock { span id="clock" { "\u{2013}" } " " small id="mode" {} }
            progress id="share" max="1" value="0" aria-label="share of the run" {}
            div.controls role="group" aria-label="Controls" {
                button type="button" id="go" { "pause" }
                button type="button" id="step" { "step" }
                label { "by " select id="span" {
                    option value="" { "a period" }
                    option value="1" { "1 min" }
                    option value="60" { "1 h" }
                    option value="1440" { "1 day" }
                } }
                label { "pace " input id="times" type="number" min="0.01" max="1000000" step="any" placeholder="60" size="7"; " x" }
                button type="button" id="pace" { "set" }
                button type="button" id="full" { "full speed" }
            }
            p id="said" role="status" {}
        }
        div.two {
            (picture("powers", "Load and sources", "Power by source, stacked; lines: base load, and base load with charging. Means over periods, all zones [kW]."))
            (picture("prices", "Prices", &format!("Published last for each period, and real, in the first zone [{}/kWh].", about.currency)))
        }
        section aria-labelledby="counts-title" {
            h2 id="counts-title" { "Bookings, breaches, tickets" }
            div.groups id="counts" {}
        }
        section id="map-part" hidden aria-labelledby="map-title" {
            h2 id="map-title" { "The feeder" }
            div.scroll { svg id="map" role="img" aria-label="The feeder" {} }
            p.note id="map-note" {}
        }
        section aria-labelledby="zones-title" {
            h2 id="zones-title" { "Zones" }
            div.scroll { table id="zones" { caption { "Powers at the start of the period; counts since the record began." } thead {} tbody {} } }
        }
        div.two {
            section aria-labelledby="facts-title" {
                h2 id="facts-title" { "Facts" }
                form id="search" role="search" {
                    label { "Search " input id="query" type="search" maxlength="200" size="24" placeholder="breach ev:12 zone:1" autocomplete="off"; }
                    button type="submit" { "search" }
                    button type="button" id="hold" aria-pressed="false" { "hold still" }
                }
                p.note id="facts-note" {}
                div.log tabindex="0" role="region" aria-label="Facts, latest first" { table id="facts" {
                    thead { tr { th { "when" } th { "what" } th { "zone" } th { "EV" } th { "more" } } }
                    tbody {}
                } }
            }
            section aria-labelledby="story-title" {
                h2 id="story-title" { "One EV\u{2019}s story" }
                form id="whose" {
                    label { "EV " input id="ev" type="number" min="1" max=(about.evs) step="1" size="7"; }
                    button type="submit" { "tell" }
                }
                p.note id="story-note" role="status" { "Give a number from 1 to " (about.evs) ", or press one among the facts." }
                div.log tabindex="0" role="region" aria-label="One EV's story" { ol id="story" {} }
            }
        }
    };
    page(&about.scenario, &asked, &about.currency, &main)
}

/// The page of a study.
pub(crate) fn study(about: &StudyAbout) -> String {
    let points =
        if about.points == 1 { "1 point".to_owned() } else { format!("{} points", about.points) };
    let question =
        if about.question.is_empty() { String::new() } else { format!("{} ", about.question) };
    let asked = format!("{question}A study of {points}. Tables go to {}.", about.directory);
    let main = html! {
        section.bar aria-label="Runs" {
            p.clock { span id="runs" { "\u{2013}" } " " small id="mode" {} }
            progress id="share" max="1" value="0" aria-label="share of the runs" {}
            p id="said" role="status" {}
        }
        section aria-labelledby="one-title" {
            h2 id="one-title" { "How one interval narrows" }
            p.note id="one-note" { "Press a figure below." }
            svg id="one" role="img" aria-labelledby="one-title one-note" {}
        }
        section aria-labelledby="intervals-title" {
            h2 id="intervals-title" { "Intervals so far" }
            p.note { "From the runs since this process began. Looked at before the study has ended, an \
                interval that excludes 0 says less than its confidence: whoever stops there stops too often." }
            form id="search" role="search" {
                label { "Search " input id="query" type="search" maxlength="200" size="24" placeholder="cost" autocomplete="off"; }
            }
            div.scroll { table id="intervals" {
                thead { tr { th { "figure" } th { "of" } th.n { "runs" } th.n { "low" } th.n { "middle" } th.n { "high" } th { "unit" } th { "narrowing" } } }
                tbody {}
            } }
        }
    };
    page(&about.name, &asked, "", &main)
}

/// A chart with its figures as a table behind it.
fn picture(name: &str, title: &str, note: &str) -> Markup {
    html! {
        figure id={ (name) "-part" } {
            h2 { (title) }
            div.legend id={ (name) "-legend" } aria-hidden="true" {}
            svg id=(name) role="img" aria-label=(title) {}
            figcaption { (note) }
            details { summary { "Figures" } div.scroll { table id={ (name) "-table" } {} } }
        }
    }
}

/// A page; `currency` is what its script calls amounts of money.
fn page(title: &str, asked: &str, currency: &str, main: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) ", live" }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="page.css";
                script src="page.js" defer {}
            }
            body data-currency=(currency) {
                header { h1 { (title) ", live" } p.note { (asked) } }
                main { (main) }
                noscript { p { "This page needs JavaScript: what happens is drawn as it comes." } }
            }
        }
    };
    page.into_string()
}
