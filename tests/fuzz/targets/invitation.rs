//! Any text as an invitation: what is one has one spelling.
#![no_main]

use goodword_net::Invitation;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(invitation) = Invitation::parse(text) {
        let again = Invitation::parse(&invitation.text()).expect("what is written is read");
        assert_eq!(*again.text(), *invitation.text());
    }
});
