//! The one integration binary: the program as its users see it.
//!
//! - `book`: the book's pages, links and examples.
//! - `crates`: which crate may see which.
//! - `exports`: what goes to other people's tools, and what they make of it.
//! - `report`: pages and pictures of what a run left.
//! - `live`: the page of a run or study while it goes.
//! - `run`: a run's directory, its tables, threads, seeds, resuming.
//! - `bad`: scenarios and command lines that are wrong, one by one: exit code, file, line, remedy.
//! - `emergence`: rules change behaviour through decisions only.
//! - `package`: the Python package, by its own tests. `partners`: the environment these need.
//! - `park`: the park's mechanism, recomputed from what a run logs.
//! - `policy`: days that fork, from the command line.
//! - `python`: checks with SQL alone, where Python and DuckDB are there.
//! - `golden`: figures on record, with tolerances, of built-in scenarios and ready studies.
//! - `fmi`: functional mock-up units, ours under a master and others' as series.
//! - `feeder`: zones, dispatch and trades of a distribution feeder.
//! - `helics`: federations of HELICS with real partners.
//! - `group`: the day's plan of a group of microgrids, and what becomes of it.
//! - `mosaik`: a member of real mosaik worlds, and whoever else comes to its port.
//! - `ocpi`: the words of charge point operators, both ways. `ocpi_spec`: the tables of their specification.
//! - `own_data`: a user's own files, each as it should be understood.
//! - `state`: snapshot, restore, clone.
//! - `terminal`: options that hold for all commands, and where the program's words go.
//! - `study`: studies and comparisons; shards, clusters, kills, failures.

mod bad;
mod book;
mod crates;
mod emergence;
mod exports;
mod feeder;
mod fmi;
mod golden;
mod group;
mod helics;
mod inputs;
mod live;
mod mosaik;
mod ocpi;
mod ocpi_spec;
mod own_data;
mod own_people;
mod package;
mod park;
mod partners;
mod policy;
mod python;
mod report;
mod run;
mod state;
mod study;
mod terminal;
mod tool;
