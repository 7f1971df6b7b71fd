//! The manual in `docs/stories/`, the README and the guide, each page a test of its own.
#![allow(clippy::unwrap_used, reason = "a set-up that fails is a test that fails")]

use goodword_tests::binary::root;
use goodword_tests::story;

/// Names the pages, and makes a test of each.
macro_rules! pages {
    ($($name:ident => $path:literal),+ $(,)?) => {
        $(
            #[test]
            fn $name() {
                story::run(&root().join($path));
            }
        )+

        const PAGES: &[&str] = &[$($path),+];
    };
}

pages! {
    readme => "README.md",
    getting_started => "docs/guide/getting-started.md",
    init => "docs/stories/init.md",
    demo => "docs/stories/demo.md",
    sample => "docs/stories/sample.md",
    add => "docs/stories/add.md",
    edit => "docs/stories/edit.md",
    log => "docs/stories/log.md",
    ls => "docs/stories/ls.md",
    show => "docs/stories/show.md",
    find => "docs/stories/find.md",
    today => "docs/stories/today.md",
    triage => "docs/stories/triage.md",
    target => "docs/stories/target.md",
    import => "docs/stories/import.md",
    export => "docs/stories/export.md",
    undo => "docs/stories/undo.md",
    operations => "docs/stories/operations.md",
    history => "docs/stories/history.md",
    pair => "docs/stories/pair.md",
    phone => "docs/stories/phone.md",
    join => "docs/stories/join.md",
    sync => "docs/stories/sync.md",
    devices => "docs/stories/devices.md",
    daemon => "docs/stories/daemon.md",
    erase => "docs/stories/erase.md",
    refound => "docs/stories/refound.md",
    recovery => "docs/stories/recovery.md",
    recover => "docs/stories/recover.md",
    backup => "docs/stories/backup.md",
    restore => "docs/stories/restore.md",
    doctor => "docs/stories/doctor.md",
    completions => "docs/stories/completions.md",
}

#[test]
fn every_page_of_the_manual_is_run() {
    for folder in ["docs/stories", "docs/guide"] {
        let pages = std::fs::read_dir(root().join(folder)).unwrap();
        for page in pages {
            let name = page.unwrap().file_name().into_string().unwrap();
            let path = format!("{folder}/{name}");
            assert!(PAGES.contains(&path.as_str()), "{path} is not listed in tests/stories.rs");
        }
    }
}
