//! Nothing in the repository may hold on one machine only.

use super::dependencies::SOURCE;
use super::repository::{report, text_files};

#[test]
fn no_file_names_a_path_or_a_registry_of_one_machine() {
    let mut faults = Vec::new();
    for (path, source) in text_files() {
        for (line, content) in (1..).zip(source.lines()) {
            for place in ["/work/", "/home/", "/root/", "/Users/"] {
                if names_place(content, place) {
                    faults.push(format!(
                        "{path}:{line}: {place} exists on one machine only; use a relative path"
                    ));
                }
            }
            if names_mirror(content) {
                faults
                    .push(format!("{path}:{line}: leave the choice of a registry to the machine"));
            }
        }
    }
    report(&faults);
}

/// Whether `place` begins an absolute path, rather than being part of an address.
fn names_place(line: &str, place: &str) -> bool {
    line.match_indices(place)
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-/~}".contains(c)))
}

/// Whether a line binds the build to another registry than the public one.
fn names_mirror(line: &str) -> bool {
    let binds = ["replace-with", "index-url", "sparse+", "[source.", "[registries."];
    let public = [SOURCE, "\"resolved\": \"https://registry.npmjs.org/"];
    let fetched = ["registry+", "\"resolved\": \""];
    binds.iter().any(|word| line.contains(word))
        || (fetched.iter().any(|word| line.contains(word))
            && !public.iter().any(|word| line.contains(word)))
}
