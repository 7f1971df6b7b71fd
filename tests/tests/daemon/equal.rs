//! With a daemon and without one: the same answers, the same exit codes, the same book.

use goodword_core::query::{
    AskProfile, Companies, Devices, Export, Find, History, LateEdits, Operations, People, Refusals,
    Resolution, Resolve, Show, Status, Today,
};
use goodword_core::store::Reader;
use goodword_core::{Question, RecordId};
use goodword_daemon::Client;
use goodword_tests::daemon::Daemon;
use goodword_tests::{Home, Lab};
use jiff::civil::date;
use serde_json::Value;

/// A morning's commands, good and bad; `FILE` is an import.
const SCRIPT: [&str; 38] = [
    "add 'Ada Rilo' --company Sakumi --title 'Head of Operations' --tier active",
    "add 'Leo Dunar' --company Belora --email leo@belora.example --note-private 'shy'",
    "add 'Ada Rilo'",
    "log ada 'coffee, hiring freeze until May' --on fri --got information,lead --intro 'Bo Nato@Sakumi'",
    "log leo 'call' --next 'in 2 weeks' --why 'ask for names' --json",
    "log ada,leo 'lunch with both'",
    "log nobody 'hello'",
    "log ada",
    "log 'Una Solba' 'met at a talk' --new",
    "edit leo --tag pharma --tier inner --phone '+41 44 000 00 00'",
    "edit leo --name ''",
    "edit leo --tier closest",
    "edit nobody --tag x",
    "target add Sakumi --motivation 3 --posting 1",
    "target add Sakumi --motivation 9",
    "target ls",
    "import FILE --dry-run",
    "import FILE",
    "import FILE --json",
    "import nowhere.csv",
    "undo",
    "undo",
    "undo 00000000",
    "triage una --tier network",
    "devices rename desk study",
    "devices",
    "today",
    "today --json",
    "",
    "ls --limit 5",
    "ls --company sakumi --json",
    "show leo",
    "find 'hiring freeze'",
    "find zzz --json",
    "history leo",
    "operations --limit 50",
    "doctor --rebuild",
    "sync",
];

#[test]
fn every_verb_answers_alike_with_and_without_a_daemon() {
    let lab = Lab::new();
    let file = lab.sample(40);
    let [with, without] = ["book-served", "book-direct"].map(|name| {
        let home = lab.home(name);
        home.ok(["init", "--name", "Mira Tolo", "--device-name", "desk"]);
        home
    });
    let daemon = Daemon::of(&with);
    for (minute, line) in SCRIPT.iter().enumerate() {
        let line = line.replace("FILE", file.to_str().unwrap());
        let words = words(&line);
        let [a, b] = [&with, &without].map(|home| {
            let now = format!("2026-11-23T09:{minute:02}:00+01:00[Europe/Zurich]");
            home.at(&now).run(&words)
        });
        assert_eq!(a.code, b.code, "{line}\n{}\n{}", a.describe(), b.describe());
        let told = |home: &Home, text: &str| without_ids(&text.replace(name(home), "HOME"));
        assert_eq!(told(&with, &a.stdout), told(&without, &b.stdout), "{line}");
        assert_eq!(told(&with, &a.stderr), told(&without, &b.stderr), "{line}");
    }
    let vcards = [&with, &without].map(|home| without_ids(&home.ok(["export", "--vcard"])));
    assert_eq!(vcards[0], vcards[1]);
    let books = [&with, &without].map(|home| without_order(home.json(["export"])));
    assert!(books[0]["people"].as_array().unwrap().len() > 3);
    assert_eq!(books[0], books[1]);
    daemon.stop();
}

fn name(home: &Home) -> &str {
    home.path().file_name().unwrap().to_str().unwrap()
}

/// The words of a command line, of which single quotes make one.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (i, part) in line.split('\'').enumerate() {
        match i % 2 {
            1 => words.push(part.to_owned()),
            _ => words.extend(part.split_whitespace().map(str::to_owned)),
        }
    }
    words
}

/// A text with `#` for what differs between any two books: ids and sizes of files.
fn without_ids(text: &str) -> String {
    let mut out = String::new();
    let mut lines = text.lines().map(|line| {
        let mut line = line.to_owned();
        if let Some(end) = line.find(" kB") {
            let start = line[..end].rfind(' ').map_or(0, |space| space + 1);
            line.replace_range(start..end, "#");
        }
        line
    });
    for line in &mut lines {
        let mut word = String::new();
        for c in line.chars().chain(['\n']) {
            if c.is_ascii_alphanumeric() || c == '-' {
                word.push(c);
                continue;
            }
            out.push_str(if is_id(&word) { "#" } else { &word });
            out.push(c);
            word.clear();
        }
    }
    out
}

fn is_id(word: &str) -> bool {
    let digits = word.chars().filter(|c| *c != '-').count();
    word.chars().all(|c| c == '-' || c.is_ascii_digit() || ('a'..='f').contains(&c))
        && (matches!(digits, 32 | 64)
            || (digits == 8 && !word.contains('-'))
            || word.matches('-').count() == 4)
}

/// A book without ids, each list in an order of its own: imported records have their order from
/// ids that nobody else can compute.
fn without_order(value: Value) -> Value {
    match value {
        Value::String(text) if is_id(&text) => Value::from("#"),
        Value::Array(all) => {
            let mut all: Vec<Value> = all.into_iter().map(without_order).collect();
            all.sort_by_key(ToString::to_string);
            Value::from(all)
        }
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, without_order(value))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// Asks both, and notes the question.
fn same<Q: Question>(asked: &mut Vec<&str>, reader: &Reader, client: &mut Client, question: &Q) {
    let direct = reader.ask(question).unwrap();
    let told = client.question(question).unwrap().unwrap();
    let [direct, told] = [direct, told].map(|answer| serde_json::to_value(answer).unwrap());
    assert_eq!(direct, told, "{}", Q::NAME);
    asked.push(Q::NAME);
}

#[test]
fn every_question_is_answered_over_the_socket_as_by_the_store() {
    let lab = Lab::new();
    let home = lab.book("laptop");
    home.ok(["add", "Leo Dunar", "--company", "Belora", "--tier", "inner"]);
    home.ok(["log", "leo", "lunch", "--got", "advice", "--intro", "Bo Nato@Sakumi"]);
    home.ok(["target", "add", "Sakumi"]);
    home.ok(["import", lab.sample(40).to_str().unwrap()]);
    let daemon = Daemon::of(&home);
    let reader = Reader::open(&home.path().join("store.redb")).unwrap();
    let mut client = daemon.client();
    let resolve = Resolve { text: "leo dunar".to_owned() };
    let Resolution::One(leo) = reader.ask(&resolve).unwrap() else { panic!("there is one Leo") };
    let record = leo.record;
    let on = date(2026, 11, 23);

    let mut asked = Vec::new();
    let asked_of = &mut asked;
    same(asked_of, &reader, &mut client, &AskProfile);
    same(asked_of, &reader, &mut client, &Companies { targets: false, limit: 0 });
    same(asked_of, &reader, &mut client, &Devices);
    same(asked_of, &reader, &mut client, &Export);
    same(asked_of, &reader, &mut client, &Find { text: "lunch".to_owned(), limit: 10 });
    same(asked_of, &reader, &mut client, &History { record });
    same(asked_of, &reader, &mut client, &LateEdits);
    same(asked_of, &reader, &mut client, &Operations { limit: 10 });
    same(asked_of, &reader, &mut client, &People { limit: 0, ..People::default() });
    same(asked_of, &reader, &mut client, &Refusals);
    same(asked_of, &reader, &mut client, &resolve);
    same(asked_of, &reader, &mut client, &Show { record, interactions: 0 });
    same(asked_of, &reader, &mut client, &Status);
    same(asked_of, &reader, &mut client, &Today { on, limit: 10 });
    asked.sort_unstable();
    assert_eq!(asked, goodword_core::query::by_name::questions().collect::<Vec<_>>());

    let nobody = Show { record: RecordId([7; 16]), interactions: 0 };
    let direct = reader.ask(&nobody).unwrap_err().to_string();
    assert_eq!(client.question(&nobody).unwrap().unwrap_err().to_string(), direct);
}
