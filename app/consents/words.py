"""The words of the invitation page, by language."""

from collections.abc import Mapping

CHANNELS: Mapping[str, Mapping[str, str]] = {
    "fi": {"email": "sähköposti", "sms": "tekstiviesti", "phone": "puhelin", "post": "posti"},
    "sv": {"email": "e-post", "sms": "sms", "phone": "telefon", "post": "post"},
    "en": {"email": "e-mail", "sms": "text message", "phone": "telephone", "post": "post"},
}
WORDS: Mapping[str, Mapping[str, str]] = {
    "fi": {
        "title": "Vahvista suostumuksesi",
        "asks": "{controller} pyytää sinulta tätä suostumusta:",
        "channels": "Yhteystapa",
        "notice": "Tietosuojaseloste",
        "confirm": "Annan suostumukseni",
        "free": "Suostumus on vapaaehtoinen, ja voit peruuttaa sen milloin tahansa. "
        "Jos et halua antaa sitä, sulje tämä sivu: mitään ei kirjata.",
        "done": "Kiitos. Suostumuksesi on kirjattu.",
        "withdraw": "Voit peruuttaa suostumuksen milloin tahansa osoitteessa {email}.",
        "expired": "Linkki ei ole enää voimassa. Mitään ei ole kirjattu.",
    },
    "sv": {
        "title": "Bekräfta ditt samtycke",
        "asks": "{controller} ber om detta samtycke:",
        "channels": "Kanal",
        "notice": "Dataskyddsinformation",
        "confirm": "Jag samtycker",
        "free": "Samtycket är frivilligt och du kan återkalla det när som helst. "
        "Om du inte vill ge det, stäng sidan: inget registreras.",
        "done": "Tack. Ditt samtycke har registrerats.",
        "withdraw": "Du kan återkalla samtycket när som helst: {email}.",
        "expired": "Länken gäller inte längre. Inget har registrerats.",
    },
    "en": {
        "title": "Confirm your consent",
        "asks": "{controller} asks for this consent:",
        "channels": "By",
        "notice": "Privacy notice",
        "confirm": "I consent",
        "free": "Consent is voluntary and you may withdraw it at any time. "
        "If you do not want to give it, close this page: nothing is recorded.",
        "done": "Thank you. Your consent has been recorded.",
        "withdraw": "You may withdraw it at any time: {email}.",
        "expired": "The link is no longer valid. Nothing has been recorded.",
    },
}


def words(language: str) -> Mapping[str, str]:
    """The page's words in the language, else in English."""
    return WORDS.get(language, WORDS["en"])


def channel_names(language: str, channels: list[str]) -> list[str]:
    """What people call the channels."""
    names = CHANNELS.get(language, CHANNELS["en"])
    return [names[channel] for channel in channels if channel in names]
