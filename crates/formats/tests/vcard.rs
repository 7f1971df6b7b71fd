//! What is read from the vCards of the programs that people use.
#![allow(clippy::unwrap_used)]

mod support;

use goodword_formats::{Error, Kind, Reason, Row, limits, read};
use support::{labelled, outcome, vcard};

#[test]
fn an_apple_card_keeps_its_custom_labels_and_has_no_year_1604() {
    let file = vcard("apple.vcf");
    let ada = file.only();
    assert_eq!(ada.key.as_deref(), Some("vcard:AB12CD34-0001:ABPerson"));
    assert_eq!(ada.name, "Dr. Ada Maria Rilo");
    assert_eq!((ada.given.as_deref(), ada.family.as_deref()), (Some("Ada"), Some("Rilo")));
    assert_eq!(ada.company.as_deref(), Some("Sakumi"));
    assert_eq!(ada.title.as_deref(), Some("Director"));
    let emails = [("home", "ada@rilo.example"), ("Lab desk", "ada@sakumi.example")];
    assert_eq!(ada.emails, labelled(&emails));
    let phones = [("mobile iphone", "+49 30 5550002"), ("mobile", "+49 30 5550001")];
    assert_eq!(ada.phones, labelled(&phones));
    let links =
        [("homepage", "http://rilo.example"), ("linkedin", "http://www.linkedin.com/in/ada-rilo")];
    assert_eq!(ada.links, labelled(&links));
    let address = "Lindenweg 1, Haus B, Velmarstadt, 10999, Germany";
    assert_eq!(ada.addresses, labelled(&[("work", address)]));
    assert_eq!(ada.birthday.as_deref(), Some("--05-17"));
    assert_eq!(ada.notes, ["Met at the fair; likes tea, not coffee.\nSecond line."]);
    assert_eq!(ada.tags, ["Friends", "Work, old"]);
    let extra = [
        "N:Rilo;Ada;Maria;Dr.;",
        "ORG:Sakumi;Research",
        "item4.X-ABRELATEDNAMES:Bo Nato",
        "item4.X-ABLabel:_$!<Assistant>!$_",
        "X-SOCIALPROFILE;type=yam;x-user=adar:x-apple:adar",
        "X-ABUID:AB12CD34-0001:ABPerson",
    ];
    assert_eq!(ada.extra, extra);
    assert_eq!(file.summary.media_dropped, 1);
}

#[test]
fn a_google_card_loses_the_marks_around_its_phones_and_keeps_the_address_of_its_photo() {
    let file = vcard("google.vcf");
    let bo = file.only();
    assert_eq!(bo.name, "Bo Nato");
    assert_eq!(bo.key, None);
    let phones = [("mobile", "+1 555 0100 0003"), ("assistant desk", "+1 555 0100 0004")];
    assert_eq!(bo.phones, labelled(&phones));
    assert_eq!(bo.emails, labelled(&[("work", "bo@sakumi.example")]));
    assert_eq!(bo.company.as_deref(), Some("Sakumi"));
    assert_eq!(bo.birthday.as_deref(), Some("--05-17"));
    assert_eq!(bo.links, labelled(&[("PROFILE", "http://www.google.example/profiles/1,2")]));
    assert_eq!(bo.tags, ["myContacts"]);
    assert!(bo.extra.contains(&"PHOTO:https://photos.example/bo.jpg".to_owned()));
    assert_eq!(file.summary.media_dropped, 0);
}

#[test]
fn quoted_printable_of_outlook_without_a_charset_is_windows_1252() {
    let file = vcard("outlook_21.vcf");
    let joerg = file.only();
    assert_eq!(joerg.name, "Jörg Mürz");
    assert_eq!((joerg.given.as_deref(), joerg.family.as_deref()), (Some("Jörg"), Some("Mürz")));
    assert_eq!(joerg.company.as_deref(), Some("Velmar Gesellschaft für Papier"));
    assert_eq!(joerg.title.as_deref(), Some("Geschäftsführer – Papier"));
    assert_eq!(joerg.notes, ["Erste Zeile\nZweite Zeile kostet 5 €\ndritte"]);
    let phones = [
        ("work", "+49 (30) 555 0005"),
        ("mobile", "+49 (170) 555 0006"),
        ("home fax", "+49 (30) 555 0007"),
    ];
    assert_eq!(joerg.phones, labelled(&phones));
    let address = "Lindenweg 1, Velmarstadt, 10999, Deutschland";
    assert_eq!(joerg.addresses, labelled(&[("work", address)]));
    assert_eq!(joerg.emails, labelled(&[("", "joerg@velmar.example")]));
    assert_eq!(joerg.links, labelled(&[("work", "https://velmar.example")]));
    let extra = [
        "N;LANGUAGE=de:Mürz;Jörg;;Dr.",
        "ORG:Velmar Gesellschaft für Papier;Einkauf",
        "LABEL;TYPE=WORK;TYPE=PREF:Lindenweg 1\\n10999 Velmarstadt",
        "X-MS-OL-DEFAULT-POSTAL-ADDRESS:2",
        "X-MS-MANAGER:Käthe Tolo; Leiterin",
        "X-MS-OL-DESIGN:<card xmlns=\"http://schemas.example/design\"/>",
    ];
    assert_eq!(joerg.extra, extra);
    assert_eq!(file.summary.media_dropped, 1);
}

#[test]
fn an_android_card_gets_its_name_from_fn_and_its_label_from_x_custom() {
    let file = vcard("android_21.vcf");
    let zan = file.people()[0];
    assert_eq!(zan.name, "Żan Łuka");
    assert_eq!((zan.given.as_deref(), zan.family.as_deref()), (Some("Żan"), Some("Łuka")));
    let phones = [
        ("mobile", "+48 555 000 008"),
        ("Dacza", "+48 555 000 009"),
        ("Werkstatt", "+48 555 000 010"),
    ];
    assert_eq!(zan.phones, labelled(&phones));
    assert_eq!(zan.emails, labelled(&[("home", "zan@luka.example")]));
    let nickname = "X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;Zanek;1;;;;;;;;;;;;;";
    assert_eq!(zan.extra, [nickname]);
    let reason = Reason::WithoutName;
    assert_eq!(file.rows[1], Row::Skipped { place: 2, reason });
}

#[test]
fn a_thunderbird_card_is_read() {
    let file = vcard("thunderbird.vcf");
    let uma = file.only();
    assert_eq!(uma.key.as_deref(), Some("vcard:0f8fad5b-d9cb-469f-a165-70867728950e"));
    assert_eq!(uma.name, "Uma Serat");
    let emails = [("", "uma@serat.example"), ("work", "uma@sakumi.example")];
    assert_eq!(uma.emails, labelled(&emails));
    assert_eq!(uma.phones, labelled(&[("mobile", "+351 555 0012")]));
    assert_eq!(uma.birthday.as_deref(), Some("1990-05-17"));
    assert_eq!(uma.links, labelled(&[("home", "https://serat.example")]));
    let extra = [
        "NICKNAME:Umi",
        "ORG:Sakumi;Design",
        "X-MOZILLA-HTML;VALUE=BOOLEAN:FALSE",
        "IMPP;PREF=1:matrix:u/uma:serat.example",
    ];
    assert_eq!(uma.extra, extra);
}

#[test]
fn an_evolution_card_is_read_and_its_impossible_birthday_reported() {
    let file = vcard("evolution.vcf");
    let leo = file.people()[0];
    assert_eq!(leo.name, "Leo Tolo");
    assert_eq!(leo.phones, labelled(&[("work", "+49 555 0013")]));
    assert_eq!(leo.birthday, None);
    let text = "1985-02-29".to_owned();
    assert_eq!(file.warnings(1), [Reason::UnknownDate { text }]);
    assert!(leo.extra.contains(&"BDAY:1985-02-29".to_owned()));
    assert!(leo.extra.contains(&"X-EVOLUTION-FILE-AS:Tolo\\, Leo".to_owned()));
}

#[test]
fn a_nextcloud_card_of_version_4_is_read_and_its_group_is_no_person() {
    let file = vcard("nextcloud_40.vcf");
    let [mira] = file.people()[..] else {
        panic!("{:?}", file.rows);
    };
    let key = "vcard:urn:uuid:5b0ad0d1-0000-4000-8000-000000000001";
    assert_eq!(mira.key.as_deref(), Some(key));
    let phones = [("mobile", "+41-55-500-14"), ("work fax", "+41 55 500 15")];
    assert_eq!(mira.phones, labelled(&phones));
    assert_eq!(mira.addresses, labelled(&[("home", "Seeweg 3, Tavola")]));
    assert_eq!(mira.birthday.as_deref(), Some("--02-29"));
    let links = [
        ("linkedin", "https://www.linkedin.com/in/mira-velo"),
        ("mastodon", "https://social.example/@mira"),
    ];
    assert_eq!(mira.links, labelled(&links));
    assert_eq!(mira.tags, ["Club", "Seglerinnen"]);
    assert_eq!(file.summary.media_dropped, 1);
    let reason = Reason::Group;
    assert_eq!(file.rows[1], Row::Skipped { place: 2, reason });
}

#[test]
fn a_fold_in_the_middle_of_a_character_is_undone_before_decoding() {
    let file = vcard("folded_character.vcf");
    let joerg = file.only();
    assert_eq!(joerg.name, "Jörg Tolo");
    assert_eq!(joerg.notes, ["日"]);
}

#[test]
fn legacy_charsets_are_decoded_and_an_unknown_one_is_reported() {
    let file = vcard("charsets_21.vcf");
    assert_eq!(file.names(), ["表 アダ", "Jörg Mürz", "Ada Rilo"]);
    assert_eq!(file.people()[0].family.as_deref(), Some("表"));
    let folded = "A long line that is folded before a space of its own";
    assert_eq!(file.people()[1].notes, [folded]);
    let name = "MARTIAN".to_owned();
    assert_eq!(file.warnings(3), [Reason::Charset { name }]);
}

#[test]
fn a_broken_card_does_not_take_the_others_with_it() {
    let file = vcard("broken.vcf");
    let names = ["Ada Rilo", "Sakumi", "bo@nato.example", "Kai Dunar", "Uma Serat"];
    assert_eq!(file.names(), names);
    let warnings = [Reason::NotAProperty { line: 5 }, Reason::Unclosed];
    assert_eq!(file.warnings(1), warnings);
    assert_eq!(file.warnings(7), [Reason::Nested]);
    assert_eq!(file.people()[4].phones, labelled(&[("", "2")]));
    let offset = support::fixture("vcard/broken.vcf").iter().position(|byte| *byte == 0xf6);
    let not_utf8 = Reason::NotUtf8 { offset: offset.unwrap() as u64 };
    let rejected = |place, reason| Row::Rejected { place, reason };
    assert!(file.rows.contains(&rejected(2, not_utf8)));
    let reason = Reason::Duplicate { of: 5 };
    assert!(file.rows.contains(&Row::Skipped { place: 6, reason }));
    assert!(file.rows.contains(&rejected(8, Reason::Unclosed)));
}

#[test]
fn a_file_without_cards_is_refused() {
    let refuse = |bytes: &[u8]| read(Kind::VCard, bytes, &mut |_| {}).unwrap_err();
    assert!(matches!(refuse(b"nothing\nhere\n"), Error::NoCards));
    assert!(matches!(refuse(b" \r\n"), Error::Empty));
}

#[test]
fn a_picture_on_one_endless_line_is_dropped_and_other_endless_lines_reject_their_card() {
    let long = "A".repeat(limits::RECORD_BYTES_MAX + 10);
    let file = outcome(
        Kind::VCard,
        format!(
            "BEGIN:VCARD\nFN:Ada Rilo\nPHOTO:data:image/png;base64,{long}\nEND:VCARD\n\
             BEGIN:VCARD\nFN:Bo Nato\nNOTE:{long}\nEND:VCARD\n\
             BEGIN:VCARD\nFN:Kai Dunar\nEND:VCARD\n"
        )
        .as_bytes(),
    );
    assert_eq!(file.names(), ["Ada Rilo", "Kai Dunar"]);
    assert_eq!(file.summary.media_dropped, 1);
    let limit = limits::RECORD_BYTES_MAX;
    let reason = Reason::TooLong { limit };
    assert_eq!(file.rows[1], Row::Rejected { place: 2, reason });
}

#[test]
fn base64_without_indent_is_part_of_its_picture() {
    let card = "BEGIN:VCARD\nVERSION:2.1\nN:Rilo;Ada\nPHOTO;BASE64;JPEG:AAAA\nBBBB\nCCCC==\n\n\
                TEL:1\nEND:VCARD\n";
    let file = outcome(Kind::VCard, card.as_bytes());
    assert_eq!(file.only().phones, labelled(&[("", "1")]));
}

#[test]
fn a_card_with_too_many_properties_is_rejected() {
    let many = "TEL:1\n".repeat(limits::PROPERTIES_MAX + 1);
    let card = format!("BEGIN:VCARD\nFN:Ada Rilo\n{many}END:VCARD\n");
    let file = outcome(Kind::VCard, card.as_bytes());
    let limit = limits::PROPERTIES_MAX;
    let reason = Reason::TooManyProperties { limit };
    assert_eq!(file.rows, [Row::Rejected { place: 1, reason }]);
}

#[test]
fn categories_beyond_the_limit_are_left_out_with_a_warning() {
    let tags = "a,".repeat(limits::TAGS_MAX + 1);
    let card = format!("BEGIN:VCARD\nFN:Ada Rilo\nCATEGORIES:{tags}\nEND:VCARD\n");
    let file = outcome(Kind::VCard, card.as_bytes());
    let limit = limits::TAGS_MAX;
    assert_eq!(file.people()[0].tags.len(), limit);
    assert_eq!(file.warnings(1), [Reason::TooManyTags { limit }]);
}

#[test]
fn megabytes_of_empty_folds_are_one_short_note() {
    use std::io::Read;
    let folds = Folds.take(8 * 1024 * 1024);
    let card = b"BEGIN:VCARD\nFN:Ada Rilo\nNOTE;ENCODING=QUOTED-PRINTABLE:x\n";
    let source = card.chain(folds).chain(&b"\nEND:VCARD\n"[..]);
    let mut rows = Vec::new();
    read(Kind::VCard, source, &mut |row| rows.push(row)).unwrap();
    let [Row::Read { incoming, .. }] = &rows[..] else {
        panic!("{rows:?}");
    };
    assert_eq!(incoming.notes, ["x"]);
}

/// Folds without end.
struct Folds;

impl std::io::Read for Folds {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let even = buffer.len() / 2 * 2;
        for pair in buffer[..even].chunks_mut(2) {
            pair.copy_from_slice(b" \n");
        }
        Ok(even)
    }
}
