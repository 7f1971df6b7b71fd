//! Documents that must agree with the code, and with each other.

use std::collections::BTreeSet;
use std::path::Path;

use super::repository::{files, has_extension, members, read, report, root, text, words};

#[test]
fn the_architecture_page_lists_exactly_the_crates() {
    let page = read("docs/architecture.md");
    let listed: BTreeSet<String> =
        words(&page).filter(|word| word.starts_with("goodword-")).map(str::to_owned).collect();
    let members: BTreeSet<String> = members()
        .iter()
        .map(|package| text(&package["name"]).to_owned())
        .filter(|name| name.starts_with("goodword-"))
        .collect();
    let mut faults = Vec::new();
    for name in members.difference(&listed) {
        faults.push(format!("docs/architecture.md: say what {name} is for"));
    }
    for name in listed.difference(&members) {
        faults.push(format!(
            "docs/architecture.md: {name} is no member of the workspace, take it out"
        ));
    }
    report(&faults);
}

#[test]
fn every_verb_has_a_story() {
    let files = files();
    let verbs: Vec<_> = files
        .iter()
        .filter_map(|path| path.strip_prefix("cli/src/verb/")?.strip_suffix(".rs"))
        .filter(|verb| !verb.contains('/'))
        .collect();
    assert!(
        !verbs.is_empty(),
        "cli/src/verb holds no verb: did the folder move? then change this test"
    );
    let faults: Vec<_> = verbs
        .iter()
        .map(|verb| format!("docs/stories/{}.md", verb.replace('_', "-")))
        .filter(|story| !files.contains(story))
        .map(|story| {
            format!("{story}: write the story of this verb; it is its manual and its test")
        })
        .collect();
    report(&faults);
}

#[test]
fn links_between_documents_resolve() {
    let mut faults = Vec::new();
    for path in files().iter().filter(|path| has_extension(path, &["md"])) {
        let folder = Path::new(path).parent().expect("a file has a folder");
        for link in links(&read(path)) {
            let target = link.split('#').next().unwrap_or_default();
            if !target.is_empty() && !root().join(folder).join(target).exists() {
                faults.push(format!("{path}: the link to {link} leads nowhere; correct it"));
            }
        }
    }
    report(&faults);
}

#[test]
fn the_readme_and_ci_test_with_the_same_command() {
    let command = "cargo test --workspace";
    for path in ["README.md", ".ci/run"] {
        assert!(
            read(path).contains(command),
            "{path}: test with `{command}`, so that users run what CI runs"
        );
    }
}

/// Targets of Markdown links to files, outside blocks and spans of code.
fn links(page: &str) -> Vec<String> {
    let mut code = false;
    let mut links = Vec::new();
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            code = !code;
        }
        if code {
            continue;
        }
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("_");
        for rest in prose.split("](").skip(1) {
            let target = rest.split([')', ' ']).next().unwrap_or_default();
            if !target.contains("://") && !target.starts_with("mailto:") {
                links.push(target.to_owned());
            }
        }
    }
    links
}
