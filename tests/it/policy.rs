//! `gridflock fork`: one day, several futures.

use crate::tool::expect_code;

#[test]
fn the_command_forks_a_day() {
    let dir = tempfile::tempdir().expect("a folder");
    let run = |extra: &[&str], code: i32| {
        let args = [&["fork", "park-small", "--at", "2016-05-29T12:00:00", "-n", "2"], extra];
        expect_code(dir.path(), &args.concat(), code)
    };
    run(&["--arm", "fined:penalty.scale=3", "-o", "f"], 0);
    for file in ["outcomes.parquet", "manifest.json", "scenario.resolved.toml"] {
        assert!(dir.path().join("f").join(file).is_file(), "{file}");
    }
    let err = run(&["--arm", "fined:penalty.scale=3", "-o", "f"], 1);
    assert!(err.contains("--overwrite"), "{err}");
    run(&["--arm", "a:penalty.scale=3", "--arm", "a:penalty.scale=4", "-o", "g"], 2);
    run(&["--arm", ":penalty.scale=3", "-o", "g"], 2);
    let err = run(&["--arm", "more:access.piles=99", "-o", "g"], 3);
    assert!(err.contains("cannot be changed during a run"), "{err}");
    run(&["--arm", "a:penalty.scale=-3", "-o", "g"], 3);
    run(&["--arm", "a:penalty.scale=3,applies=some", "-o", "g"], 3);
    run(&["--arm", "a:penalty.scale=3,segment=nobody", "-o", "g"], 3);
    let far = ["fork", "park-small", "--at", "90d", "--arm", "a:penalty.scale=3", "-o", "h"];
    assert!(expect_code(dir.path(), &far, 3).contains("outside of the run"));
    let when = ["fork", "park-small", "--at", "noon", "--arm", "a:penalty.scale=3", "-o", "h"];
    expect_code(dir.path(), &when, 3);
}
