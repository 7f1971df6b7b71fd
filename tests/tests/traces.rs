//! What the program tells about itself names nobody: at no level, in no crate, in no file.
//!
//! A whole life of two devices is lived with a canary in every field that a user fills, and in every
//! word that a command may quote. What a command prints as its answer or its error is for its user;
//! everything else is a trace.
#![allow(clippy::unwrap_used, reason = "a set-up that fails is a test that fails")]
#![cfg(unix)]

use std::fs;
use std::io::Write;
use std::os::unix::net::UnixStream;

use goodword_tests::daemon::{READY, SOON, socket};
use goodword_tests::process::{Running, Transcript};
use goodword_tests::{Home, Lab};

/// How many of the commands succeed on the first device; the others quote what they refuse.
const SUCCEED: usize = 24;

/// Where each canary is put; the name of the place is in it, so that a finding tells the leak.
const COMMANDS: [&str; 35] = [
    "add 'Zqname Zqsurname' --company Zqcompany --title zqtitle --email zqemail@zqhost.example \
     --phone '+41 79 zqphone' --link https://zqlink.example/zqpath --tag zqtag --tier inner \
     --next today --why zqwhy --note zqnote --note-private zqprivate",
    "log zqname 'zqtalk zqtalkmore' --got lead --intro 'Zqintro@Zqintroco' --note-private zqtalkprivate",
    "log 'Zqnew Person' 'zqtext' --new --next 'in 2 weeks' --why zqnextwhy",
    "log zqname,zqnew 'zqmeeting'",
    "edit zqname --note zqsecondnote --untag zqtag --tag zqothertag",
    "target add Zqtarget --motivation 3",
    "import zqfile.csv --dry-run",
    "import zqfile.csv",
    "import zqcards.vcf",
    "today",
    "",
    "ls",
    "ls --company zqcompany",
    "show zqname",
    "find 'zqtalk'",
    "history zqname",
    "operations",
    "undo",
    "devices",
    "devices rename zqlaptop zqrenamed",
    "export --json",
    "export --vcard -o zqexport.vcf",
    "doctor --rebuild",
    "triage zqname --tier active",
    "find 'zqquery'",
    "log zqnobody 'zqlost'",
    "edit zqname --name ''",
    "edit zqname --tier zqtier",
    "log zqname 'zqtalk' --on zqday",
    "import zqnowhere.csv",
    "import zqbroken.csv",
    "undo zqcommand",
    "join zqinvitation",
    "pair --confirm zqwho",
    "zqverb --zqflag",
];

const CSV: &str = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n\
    Zqcsvname,Zqcsvlast,https://www.linkedin.com/in/zqslug,zqcsv@zqmail.example,Zqcsvco,Zqcsvtitle,01 Nov 2023\n\
    ,,,zqempty@zqmail.example,Zqcsvco,,zqbadday\n";

const CARDS: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Zqcard Zqcardlast\r\nN:Zqcardlast;Zqcard;;;\r\n\
    EMAIL:zqcard@zqmail.example\r\nNOTE:zqcardnote\r\nX-ZQPROPERTY:zqvalue\r\nEND:VCARD\r\n\
    BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Zqcut\r\n";

/// How a command is told to trace: its arguments, and the filter.
#[derive(Clone, Copy)]
enum Level {
    /// As a user turns it up.
    Verbose,
    /// Everything that any crate in the program has to tell.
    Everything,
}

impl Level {
    fn start(self, home: &Home, words: &[String]) -> Running {
        let words = words.iter().map(String::as_str);
        match self {
            Self::Verbose => Running::start(home.command(words.chain(["-vvv"]))),
            Self::Everything => {
                let mut command = home.command(words);
                command.env("GOODWORD_LOG", "trace");
                Running::start(command)
            }
        }
    }
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

/// What a command wrote to stderr and did not mean for its user.
fn traced(done: &Transcript) -> String {
    let is_meant = |line: &&str| {
        ["Error: ", "Hint: ", "  ", "Waiting to be let in", "The daemon waits", "The weekly backup"]
            .iter()
            .any(|begin| line.starts_with(begin))
    };
    // What clap says about a mistake on the command line goes on after the first line.
    if done.code == Some(2) && done.stderr.contains("\nUsage: ") {
        return String::new();
    }
    done.stderr.lines().filter(|line| !is_meant(line)).map(|line| format!("{line}\n")).collect()
}

#[track_caller]
fn names_nobody(what: &str, text: &str, secrets: &[String]) {
    for line in text.lines() {
        let folded = line.to_lowercase();
        assert!(!folded.contains("zq"), "{what} tells: {line}");
        for secret in secrets {
            assert!(!folded.contains(secret.as_str()), "{what} tells a secret: {line}");
        }
    }
}

/// Lives a life of two devices and returns how many lines were traced.
fn live(level: Level) -> usize {
    let lab = Lab::new();
    for (name, text) in [
        ("zqfile.csv", CSV),
        ("zqcards.vcf", CARDS),
        ("zqbroken.csv", "zqheader,zqother\nzqcell\n"),
    ] {
        fs::write(lab.folder().join(name), text).unwrap();
    }
    let [laptop, phone] = ["zqhome", "zqphonehome"].map(|name| lab.home(name));
    let mut lines = 0;
    let mut secrets: Vec<String> = Vec::new();
    let check = |done: &Transcript, secrets: &[String]| {
        let traced = traced(done);
        names_nobody(&done.command, &traced, secrets);
        traced.lines().count()
    };

    let init =
        "init --name Zqowner --role zqrole --looking-for 'zqwish' --device-name zqlaptop --json";
    let done = level.start(&laptop, &words(init)).finish(SOON);
    assert_eq!(done.code, Some(0), "{}", done.describe());
    let told: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    let phrase: Vec<&str> = told["recovery_phrase"].as_str().unwrap().split(' ').collect();
    secrets.extend(phrase.windows(2).map(|two| two.join(" ")));
    lines += check(&done, &secrets);
    for (n, line) in COMMANDS.iter().enumerate() {
        let done = level.start(&laptop, &words(line)).finish(SOON);
        assert_eq!(done.code == Some(0), n < SUCCEED, "{}", done.describe());
        lines += check(&done, &secrets);
    }

    let mut pairing = level.start(&laptop, &words("pair --yes"));
    let invitation = pairing.wait_for(SOON, |line| {
        line.split_whitespace().find(|word| word.starts_with("goodword1")).map(str::to_owned)
    });
    secrets.push(invitation.clone());
    let join = format!("join {invitation} --device-name zqphone");
    let joined = level.start(&phone, &words(&join)).finish(SOON);
    assert_eq!(joined.code, Some(0), "{}", joined.describe());
    lines += check(&joined, &secrets);
    lines += check(&pairing.finish(SOON), &secrets);

    let [mut here, mut there] = [&laptop, &phone].map(|home| level.start(home, &words("daemon")));
    for daemon in [&mut here, &mut there] {
        daemon.wait_for(SOON, |line| line.starts_with(READY).then_some(()));
    }
    for line in COMMANDS.iter().copied().chain(["sync", "daemon status", "pair", "daemon logs"]) {
        lines += check(&level.start(&laptop, &words(line)).finish(SOON), &secrets);
    }
    // Garbage may hold anything.
    for garbage in ["{\"zqgarbage\": 1}", "{\"version\":1,\"request\":\"zqrequest\"}", "zqbytes"] {
        let mut stream = UnixStream::connect(socket(&laptop)).unwrap();
        let length = u32::try_from(garbage.len()).unwrap().to_be_bytes();
        stream.write_all(&length).unwrap();
        stream.write_all(garbage.as_bytes()).unwrap();
    }
    lines += check(&level.start(&phone, &words("log zqname 'zqfromphone'")).finish(SOON), &secrets);
    lines += check(&level.start(&phone, &words("sync")).finish(SOON), &secrets);
    lines += check(&level.start(&laptop, &words("daemon stop")).finish(SOON), &secrets);
    lines += check(&level.start(&phone, &words("sync")).finish(SOON), &secrets);
    there.signal("TERM");
    for (home, daemon) in [(&laptop, here), (&phone, there)] {
        lines += check(&daemon.finish(SOON), &secrets);
        let log = fs::read_to_string(home.path().join("daemon.log")).unwrap();
        names_nobody("the daemon's log", &log, &secrets);
        assert!(log.contains("session ended"), "{log}");
        lines += log.lines().count();
    }
    lines
}

#[test]
fn what_users_turn_up_names_nobody() {
    let lines = live(Level::Verbose);
    assert!(lines > 100, "only {lines} lines were traced");
}

#[test]
fn everything_that_any_crate_tells_names_nobody() {
    let lines = live(Level::Everything);
    assert!(lines > 3_000, "only {lines} lines were traced");
}
