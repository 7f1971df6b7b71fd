//! What is written: lossless for ourselves, plain vCard 3.0 for others.
#![allow(clippy::unwrap_used)]

mod support;

use calcard::vcard::{VCardProperty, VCardValue};
use goodword_core::model::Incoming;
use goodword_formats::{Kind, Row, read, write_card};
use proptest::prelude::*;
use support::{labelled, outcome, vcard};

fn written(uid: &str, person: &Incoming) -> String {
    let mut out = String::new();
    write_card(&mut out, uid, person);
    out
}

fn read_back(card: &str) -> Incoming {
    let file = outcome(Kind::VCard, card.as_bytes());
    let [person] = file.people()[..] else {
        panic!("{:?}", file.rows);
    };
    person.clone()
}

/// The person as it must come back from a card written with the given identifier.
fn expected(uid: &str, person: &Incoming) -> Incoming {
    let mut person = person.clone();
    person.place = 1;
    person.key = Some(format!("vcard:{uid}"));
    person
}

fn sample() -> Incoming {
    Incoming {
        name: "Dr. Jörg \"Joe\" Tolo".to_owned(),
        given: Some("Jörg".to_owned()),
        family: Some("Tolo; the elder".to_owned()),
        company: Some("Sakumi, Ltd.".to_owned()),
        title: Some("Head of \\ and ;".to_owned()),
        emails: labelled(&[("work", "joe@sakumi.example"), ("", "joe@tolo.example")]),
        phones: labelled(&[("work mobile", "+49 30 1"), ("Lab, 2nd floor", "+49 30 2")]),
        addresses: labelled(&[("home", "Lindenweg 1, 10999 Velmarstadt")]),
        links: labelled(&[("linkedin", "https://www.linkedin.com/in/joe-tolo")]),
        birthday: Some("--02-29".to_owned()),
        connected_on: Some(jiff::civil::date(2024, 3, 5)),
        notes: vec!["Likes tea;\nnot coffee, really.".to_owned(), "ü".repeat(200)],
        tags: vec!["a, b".to_owned(), "c".to_owned()],
        extra: vec![
            "ORG:Sakumi\\, Ltd.;Research".to_owned(),
            "item1.X-ABRELATEDNAMES:Bo Nato".to_owned(),
            "item1.X-ABLabel:_$!<Assistant>!$_".to_owned(),
            "X-FOO;BAR=\"a;b:c\":one\\,two;three".to_owned(),
        ],
        ..Incoming::default()
    }
}

#[test]
fn a_card_is_written_byte_for_byte_like_this() {
    let person = Incoming {
        notes: vec![
            "first\nsecond, with a tail that makes the line too long: äöüäöüäöü".to_owned(),
        ],
        ..sample()
    };
    let expected = "BEGIN:VCARD\r\n\
        VERSION:3.0\r\n\
        UID:p-1\r\n\
        FN:Dr. Jörg \"Joe\" Tolo\r\n\
        N:Tolo\\; the elder;Jörg;;;\r\n\
        ORG:Sakumi\\, Ltd.;Research\r\n\
        TITLE:Head of \\\\ and \\;\r\n\
        EMAIL;TYPE=WORK:joe@sakumi.example\r\n\
        EMAIL:joe@tolo.example\r\n\
        TEL;TYPE=WORK,CELL:+49 30 1\r\n\
        item2.TEL:+49 30 2\r\n\
        item2.X-ABLabel:Lab\\, 2nd floor\r\n\
        ADR;TYPE=HOME:;;Lindenweg 1\\, 10999 Velmarstadt;;;;\r\n\
        item3.URL:https://www.linkedin.com/in/joe-tolo\r\n\
        item3.X-ABLabel:linkedin\r\n\
        BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29\r\n\
        NOTE:first\\nsecond\\, with a tail that makes the line too long: äöüäöü\r\n \
        äöü\r\n\
        CATEGORIES:a\\, b,c\r\n\
        X-GOODWORD-CONNECTED-ON:2024-03-05\r\n\
        item1.X-ABRELATEDNAMES:Bo Nato\r\n\
        item1.X-ABLabel:_$!<Assistant>!$_\r\n\
        X-FOO;BAR=\"a;b:c\":one\\,two;three\r\n\
        END:VCARD\r\n";
    assert_eq!(written("p-1", &person), expected);
}

#[test]
fn a_written_card_comes_back_as_the_same_person() {
    assert_eq!(read_back(&written("p-1", &sample())), expected("p-1", &sample()));
}

#[test]
fn every_fixture_survives_import_export_import_with_its_unknown_properties() {
    for name in [
        "apple.vcf",
        "google.vcf",
        "outlook_21.vcf",
        "android_21.vcf",
        "thunderbird.vcf",
        "evolution.vcf",
        "nextcloud_40.vcf",
        "folded_character.vcf",
        "charsets_21.vcf",
        "broken.vcf",
    ] {
        for person in vcard(name).people() {
            let mut again = read_back(&written("p-1", person));
            // The departments of an employer move up in the card.
            again.extra.sort();
            let mut person = expected("p-1", person);
            person.extra.sort();
            assert_eq!(again, person, "{name}");
        }
    }
}

#[test]
fn a_changed_name_keeps_the_prefix_and_a_changed_employer_is_the_first() {
    let extra = ["N:Rilo;Ada;Maria;Dr.;", "ORG:Sakumi;Research"];
    let person = Incoming {
        name: "Ada Nato".to_owned(),
        given: Some("Ada".to_owned()),
        family: Some("Nato".to_owned()),
        company: Some("Velmar".to_owned()),
        extra: extra.map(str::to_owned).to_vec(),
        ..Incoming::default()
    };
    let card = written("p-1", &person);
    assert!(card.contains("N:Nato;Ada;Maria;Dr.;\r\n"), "{card}");
    assert_eq!(read_back(&card).company.as_deref(), Some("Velmar"));
}

#[test]
fn no_value_can_add_a_line() {
    let evil = "x\r\nEND:VCARD\r\nBEGIN:VCARD\r\nFN:Evil\u{85}\u{2028}\u{0}";
    let all = labelled(&[(evil, evil)]);
    let person = Incoming {
        name: evil.to_owned(),
        given: Some(evil.to_owned()),
        company: Some(evil.to_owned()),
        title: Some(evil.to_owned()),
        emails: all.clone(),
        phones: all.clone(),
        addresses: all.clone(),
        links: all,
        birthday: Some(evil.to_owned()),
        notes: vec![evil.to_owned()],
        tags: vec![evil.to_owned()],
        extra: [
            evil,
            "END:VCARD",
            "X-A:1\r\nEND:VCARD",
            " folded",
            "X-B;ENCODING=QUOTED-PRINTABLE:y=",
        ]
        .map(str::to_owned)
        .to_vec(),
        ..Incoming::default()
    };
    let card = written(evil, &person);
    for (at, line) in card.split("\r\n").enumerate() {
        assert!(!line.contains(|c: char| c.is_control()), "{line:?}");
        assert!(at == 0 || !line.starts_with("BEGIN"), "{card}");
    }
    assert_eq!(card.matches("\r\nEND:VCARD\r\n").count(), 1, "{card}");
    let again = read_back(&card);
    let harmless = ["xEND:VCARDBEGIN:VCARDFN:Evil", "X-A:1END:VCARD", "X-B:y="];
    assert_eq!(again.extra, harmless);
}

#[test]
fn an_independent_program_reads_the_same_names_phones_emails_and_employer() {
    let card = written("p-1", &sample());
    let card = calcard::vcard::VCard::parse(&card).unwrap();
    let text = |name: VCardProperty| -> Vec<Vec<String>> {
        let entries = card.entries.iter().filter(|entry| entry.name == name);
        let values = entries.map(|entry| entry.values.iter().map(plain).collect());
        values.collect()
    };
    let person = sample();
    assert_eq!(text(VCardProperty::Uid), [["p-1"]]);
    assert_eq!(text(VCardProperty::Fn), [[&*person.name]]);
    assert_eq!(text(VCardProperty::N)[0][..2], ["Tolo; the elder", "Jörg"]);
    assert_eq!(text(VCardProperty::Org), [["Sakumi, Ltd.", "Research"]]);
    assert_eq!(text(VCardProperty::Title), [[person.title.unwrap()]]);
    assert_eq!(text(VCardProperty::Tel), [["+49 30 1"], ["+49 30 2"]]);
    assert_eq!(text(VCardProperty::Email), [["joe@sakumi.example"], ["joe@tolo.example"]]);
    assert_eq!(text(VCardProperty::Note).concat(), person.notes);
    assert_eq!(text(VCardProperty::Categories), [["a, b", "c"]]);
}

fn plain(value: &VCardValue) -> String {
    match value {
        VCardValue::Text(text) => text.clone(),
        VCardValue::Component(parts) => parts.join(","),
        other => format!("{other:?}"),
    }
}

/// One visible line: words without controls, one space between them.
fn line() -> impl Strategy<Value = String> {
    prop::collection::vec("[^\\p{C}\\p{Z}]{1,30}", 1..5).prop_map(|words| words.join(" "))
}

fn values() -> impl Strategy<Value = Vec<goodword_core::model::Labelled>> {
    let label = prop_oneof![
        Just(String::new()),
        Just("work".to_owned()),
        Just("home fax".to_owned()),
        Just("fax home".to_owned()),
        line()
    ];
    let labelled = (label, line());
    let labelled =
        labelled.prop_map(|(label, value)| goodword_core::model::Labelled { label, value });
    prop::collection::vec(labelled, 0..4)
}

prop_compose! {
    fn any_incoming()(
        name in line(),
        given in prop::option::of(line()),
        family in prop::option::of(line()),
        company in prop::option::of(line()),
        title in prop::option::of(line()),
        emails in values(),
        phones in values(),
        addresses in values(),
        links in values(),
        birthday in prop::option::of(prop_oneof!["19[0-9]{2}-0[13578]-[12][0-9]", "--1[0-2]-0[1-9]"]),
        connected_on in prop::option::of((2003i16..2100, 1i8..=12, 1i8..=28)),
        notes in prop::collection::vec(prop::collection::vec(line(), 1..4), 0..3),
        tags in prop::collection::vec(line(), 0..4),
        extra in prop::collection::vec(("(item[1-3]\\.)?X-[A-Z]{3,9}", line()), 0..4),
    ) -> Incoming {
        Incoming {
            name, given, family, company, title, emails, phones, addresses, links, birthday, tags,
            connected_on: connected_on.map(|(year, month, day)| jiff::civil::date(year, month, day)),
            notes: notes.into_iter().map(|lines| lines.join("\n")).collect(),
            extra: extra.into_iter().map(|(name, value)| format!("{name}:{value}")).collect(),
            ..Incoming::default()
        }
    }
}

proptest! {
    #[test]
    fn an_independent_program_reads_the_same_of_any_person(person in any_incoming()) {
        let card = written("p-1", &person);
        let card = calcard::vcard::VCard::parse(&card).unwrap();
        let text = |name: VCardProperty| -> Vec<String> {
            let entries = card.entries.iter().filter(|entry| entry.name == name);
            entries.flat_map(|entry| entry.values.iter().map(plain)).collect()
        };
        let value = |of: &goodword_core::model::Labelled| of.value.clone();
        prop_assert_eq!(text(VCardProperty::Fn), [person.name]);
        prop_assert_eq!(text(VCardProperty::Org), Vec::from_iter(person.company));
        let phones: Vec<String> = person.phones.iter().map(value).collect();
        prop_assert_eq!(text(VCardProperty::Tel), phones);
        let emails: Vec<String> = person.emails.iter().map(value).collect();
        prop_assert_eq!(text(VCardProperty::Email), emails);
        prop_assert_eq!(text(VCardProperty::Note), person.notes);
    }

    #[test]
    fn any_person_survives_export_and_import(person in any_incoming()) {
        let card = written("p-1", &person);
        for line in card.split("\r\n") {
            prop_assert!(line.len() <= 75, "{}", line);
        }
        prop_assert_eq!(read_back(&card), expected("p-1", &person));
    }

    #[test]
    fn any_text_whatever_gives_one_readable_card(texts in prop::collection::vec(any::<String>(), 8)) {
        let person = Incoming {
            name: format!("Ada {}", texts[0]),
            given: Some(texts[1].clone()),
            company: Some(texts[2].clone()),
            emails: labelled(&[(&texts[3], &texts[4])]),
            notes: vec![texts[5].clone()],
            tags: vec![texts[6].clone()],
            extra: vec![texts[7].clone(), format!("X-A:{}", texts[7])],
            ..Incoming::default()
        };
        let once = read_back(&written("p-1", &person));
        prop_assert_eq!(&read_back(&written("p-1", &once)), &once);
    }

    #[test]
    fn any_card_that_can_be_read_is_written_losslessly(
        body in "((FN|N|ORG|TEL|item1\\.X-ABLabel|item1\\.EMAIL|ADR|BDAY|X-Z|NOTE;CHARSET=latin1)(;TYPE=[a-z,]{0,9})?:[ -~é=\\\\;,]{0,20}\n){0,12}"
    ) {
        let card = format!("BEGIN:VCARD\nVERSION:3.0\nFN:Ada Rilo\n{body}END:VCARD\n");
        let mut rows = Vec::new();
        read(Kind::VCard, card.as_bytes(), &mut |row| rows.push(row)).unwrap();
        if let [Row::Read { incoming, .. }] = &rows[..] {
            let once = read_back(&written("p-1", incoming));
            prop_assert_eq!(&read_back(&written("p-1", &once)), &once);
        }
    }
}
