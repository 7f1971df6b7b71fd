//! How people were in touch, guessed from the first words of what was logged.
//!
//! Advisory: the answer shows the guess, and `--channel` overrules it.

use goodword_core::model::Channel;

/// Words that give a channel away, in their base form.
const WORDS: &[(&str, Channel)] = &[
    ("coffee", Channel::Meeting),
    ("lunch", Channel::Meeting),
    ("dinner", Channel::Meeting),
    ("breakfast", Channel::Meeting),
    ("beer", Channel::Meeting),
    ("drinks", Channel::Meeting),
    ("walk", Channel::Meeting),
    ("met", Channel::Meeting),
    ("meeting", Channel::Meeting),
    ("visit", Channel::Meeting),
    ("visited", Channel::Meeting),
    ("call", Channel::Call),
    ("called", Channel::Call),
    ("phone", Channel::Call),
    ("phoned", Channel::Call),
    ("rang", Channel::Call),
    ("voicemail", Channel::Call),
    ("zoom", Channel::Video),
    ("video", Channel::Video),
    ("teams", Channel::Video),
    ("facetime", Channel::Video),
    ("skype", Channel::Video),
    ("mail", Channel::Email),
    ("mailed", Channel::Email),
    ("email", Channel::Email),
    ("emailed", Channel::Email),
    ("wrote", Channel::Email),
    ("message", Channel::Message),
    ("messaged", Channel::Message),
    ("linkedin", Channel::Message),
    ("whatsapp", Channel::Message),
    ("signal", Channel::Message),
    ("sms", Channel::Message),
    ("text", Channel::Message),
    ("texted", Channel::Message),
    ("chat", Channel::Message),
    ("dm", Channel::Message),
    ("event", Channel::Event),
    ("conference", Channel::Event),
    ("meetup", Channel::Event),
    ("fair", Channel::Event),
    ("panel", Channel::Event),
];

/// Words looked at: `had a long coffee` still counts, a mention later in the text does not.
const WORDS_LOOKED_AT: usize = 4;

/// Returns the channel that the beginning of `text` suggests.
pub fn guess(text: &str) -> Channel {
    // `e-mail` is one word, `video-call` and `coffee/lunch` are two.
    let lower = text.to_lowercase().replace("e-mail", "email");
    let mut words = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(WORDS_LOOKED_AT);
    words
        .find_map(|word| WORDS.iter().find(|(known, _)| *known == word))
        .map_or(Channel::Other, |(_, channel)| *channel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_words_give_the_channel_away() {
        for (text, channel) in [
            ("coffee, hiring freeze until May", Channel::Meeting),
            ("Had a quick lunch near the lake", Channel::Meeting),
            ("call about the role", Channel::Call),
            ("video call, he was late", Channel::Video),
            ("E-mail: sent my CV", Channel::Email),
            ("LinkedIn message", Channel::Message),
            ("met at the fair", Channel::Meeting),
            ("conference in Basel", Channel::Event),
        ] {
            assert_eq!(guess(text), channel, "{text}");
        }
    }

    #[test]
    fn a_later_mention_is_no_channel() {
        assert_eq!(guess("she said that I should call Bo"), Channel::Other);
        assert_eq!(guess("recalled our school days"), Channel::Other);
        assert_eq!(guess(""), Channel::Other);
    }
}
