//! What sessions and CDRs of OCPI mean beyond their fields: reservations before the plug-in, sessions
//! that never were, CDRs that were credited.

use crate::rows::{RawRow, when};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use tables::{Cell, Moment, TimeZone};

type Object = Map<String, Value>;

/// Whether a record is a session of OCPI.
pub(crate) fn is_session(record: &Object) -> bool {
    record.contains_key("kwh") && record.contains_key("status")
}

/// Whether a record is a CDR of OCPI.
pub(crate) fn is_cdr(record: &Object) -> bool {
    record.contains_key("total_energy") && record.contains_key("charging_periods")
}

/// CDRs that others take back.
pub(crate) fn credited<'a>(records: impl Iterator<Item = &'a Object>) -> BTreeSet<String> {
    let reference = |r: &Object| {
        let credit = r.get("credit").and_then(Value::as_bool) == Some(true);
        let id = r.get("credit_reference_id").and_then(Value::as_str)?;
        credit.then(|| id.to_owned())
    };
    records.filter_map(reference).collect()
}

/// Mends what the fields alone get wrong.
pub(crate) fn correct(
    row: &mut RawRow,
    record: &Object,
    credited: &BTreeSet<String>,
    local: &TimeZone,
) {
    let text = |key: &str| record.get(key).and_then(Value::as_str);
    if is_session(record) {
        row.void = match text("status") {
            Some("INVALID") => Some("a session declared invalid"),
            Some("PENDING" | "RESERVATION") => Some("a session that has not begun"),
            _ => None,
        };
    }
    if !is_cdr(record) {
        return;
    }
    let credit = record.get("credit").and_then(Value::as_bool) == Some(true);
    if credit || text("id").is_some_and(|id| credited.contains(id)) {
        row.void = Some("a CDR that was credited, or its credit");
    }
    let none: &[Value] = &[];
    let periods = record.get("charging_periods").and_then(Value::as_array);
    let periods = periods.map_or(none, Vec::as_slice);
    let start = |p: &Value| -> Result<Option<Moment>, ()> {
        let start = p["start_date_time"].as_str().ok_or(())?;
        when(&Cell::Text(start.to_owned()), "_utc", local)
    };
    let has = |p: &Value, wanted: fn(&str) -> bool| {
        let all = p["dimensions"].as_array().map_or(none, Vec::as_slice);
        all.iter().filter_map(|d| d["type"].as_str()).any(wanted)
    };
    // A CDR begins with the reservation; the plug-in is the first period that is more than that.
    let reserved = |word: &str| word.starts_with("RESERVATION");
    if periods.iter().any(|p| has(p, reserved)) {
        row.plug_in = match periods.iter().find(|p| has(p, |word| !word.starts_with("RESERVATION")))
        {
            Some(p) => start(p),
            None => Ok(None),
        };
        if text("booking_id").is_some() {
            let first = periods.iter().find(|p| has(p, reserved));
            row.booked = first.map_or(Ok(None), start);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Cleaned, Source, read_sessions};
    use serde_json::{Value, json};

    fn read(name: &str, text: &str) -> Result<Cleaned, String> {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join(name);
        std::fs::write(&path, text).expect("a file");
        read_sessions(&Source { path: &path, map: &[], time_zone: Some("UTC") })
    }

    fn lines(objects: &[Value]) -> String {
        objects.iter().map(|o| format!("{o}\n")).collect()
    }

    fn found(text: &str) -> Vec<(Option<String>, f64, f64, f64)> {
        let cleaned = read("x.jsonl", text).expect("sessions");
        let one = |s: &crate::Session| {
            (s.user.clone(), s.plug_in.hour_of_day(), s.stay_h(), s.energy_kwh)
        };
        cleaned.sessions.iter().map(one).collect()
    }

    #[test]
    fn sessions_of_three_versions_are_read() {
        let old = json!({ "id": "1", "start_datetime": "2024-05-06T08:00:00Z",
            "end_datetime": "2024-05-06T10:00:00", "kwh": 7.5, "auth_id": "A", "status": "COMPLETED" });
        let new = json!({ "id": "1", "start_date_time": "2024-05-06T08:00:00Z",
            "end_date_time": "2024-05-06T10:00:00Z", "kwh": 7.5, "status": "COMPLETED",
            "cdr_token": { "uid": "T", "contract_id": "A" } });
        let wanted = vec![(Some("A".to_owned()), 8.0, 2.0, 7.5)];
        assert_eq!(found(&lines(&[old])), wanted);
        assert_eq!(found(&lines(std::slice::from_ref(&new))), wanted);
        let page = json!({ "data": [new], "status_code": 1000 });
        assert_eq!(read("x.json", &page.to_string()).expect("sessions").sessions.len(), 1);
    }

    fn cdr(id: &str, booking: Option<&str>, dimensions: &[(&str, &str)]) -> Value {
        let periods: Vec<Value> = dimensions
            .iter()
            .map(|(t, d)| json!({ "start_date_time": t, "dimensions": [{ "type": d, "volume": 1 }] }))
            .collect();
        let mut cdr = json!({ "id": id, "start_date_time": dimensions[0].0,
            "end_date_time": "2024-05-06T12:00:00Z", "total_energy": 9.0, "total_time": 1.0,
            "charging_periods": periods, "cdr_token": { "contract_id": id } });
        if let Some(booking) = booking {
            cdr["booking_id"] = json!(booking);
        }
        cdr
    }

    #[test]
    fn a_cdr_begins_where_its_reservation_ends() {
        let late =
            [("2024-05-06T09:00:00Z", "RESERVATION_TIME"), ("2024-05-06T09:30:00Z", "ENERGY")];
        let text = lines(&[cdr("a", None, &late)]);
        assert_eq!(found(&text), [(Some("a".to_owned()), 9.5, 2.5, 9.0)]);
        let booked = read("x.jsonl", &lines(&[cdr("a", Some("b"), &late)])).expect("sessions");
        assert_eq!(booked.sessions[0].booked.expect("a booking").hour_of_day(), 9.0);
        let never = cdr("n", Some("c"), &late[..1]);
        let both = read("x.jsonl", &lines(&[cdr("a", Some("b"), &late), never])).expect("sessions");
        assert_eq!(both.cleaning.no_shows, Some((1, 2)));
    }

    #[test]
    fn credited_cdrs_and_void_sessions_are_left_out_and_told() {
        let used = [("2024-05-06T09:00:00Z", "ENERGY")];
        let mut credit = cdr("a-C", None, &used);
        credit["credit"] = json!(true);
        credit["credit_reference_id"] = json!("a");
        let kept = cdr("b", None, &used);
        let cleaned = read("x.jsonl", &lines(&[cdr("a", None, &used), credit, kept])).expect("one");
        assert_eq!(cleaned.sessions.len(), 1);
        assert_eq!(cleaned.cleaning.dropped[0].first_lines, [1, 2]);
        let bad = json!({ "start_date_time": "2024-05-06T08:00:00Z", "kwh": 3.0,
            "end_date_time": "2024-05-06T10:00:00Z", "status": "INVALID" });
        let why = read("x.jsonl", &lines(&[bad.clone(), bad])).expect_err("nothing is left");
        assert!(why.contains("2 a session declared invalid"), "{why}");
    }

    #[test]
    fn a_broken_line_is_named() {
        let why = read("x.jsonl", "{\"kwh\": 1, \"status\": \"ACTIVE\"}\n{\"kwh\": \n")
            .expect_err("broken");
        assert!(why.contains("x.jsonl:"), "{why}");
        let why =
            read("x.jsonl", "{\"kwh\": 1, \"status\": \"ACTIVE\"}\n17\n").expect_err("no record");
        assert!(why.contains("x.jsonl:2"), "{why}");
    }
}
