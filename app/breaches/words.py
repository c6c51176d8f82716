"""The fixed words of notices about breaches, in Finnish, Swedish and English; plain, as Art. 34(2) asks."""

from types import MappingProxyType

HEADINGS = MappingProxyType(
    {
        "fi": {
            "authority": "Ilmoitus henkilötietojen tietoturvaloukkauksesta",
            "persons": "Henkilötietojasi on vaarantunut",
            "nature": "Mitä tapahtui",
            "numbers": "Ketä ja mitä tietoja asia koskee",
            "contact": "Kysy lisää",
            "consequences": "Mitä siitä voi seurata",
            "measures": "Mitä olemme tehneet ja teemme",
            "advice": "Mitä voit itse tehdä",
            "aware": "Milloin loukkaus tuli tietoomme",
            "delay": "Miksi ilmoitus viivästyi",
            "later": "Mitä täydennämme myöhemmin ja miksi",
            "unknown": "Ei vielä tiedossa",
            "people": "henkilöä noin",
            "records": "tietuetta noin",
        },
        "sv": {
            "authority": "Anmälan om en personuppgiftsincident",
            "persons": "Dina personuppgifter har utsatts för en risk",
            "nature": "Vad har hänt",
            "numbers": "Vem och vilka uppgifter det gäller",
            "contact": "Fråga mer",
            "consequences": "Vad det kan leda till",
            "measures": "Vad vi har gjort och gör",
            "advice": "Vad du själv kan göra",
            "aware": "När vi fick veta om incidenten",
            "delay": "Varför anmälan är försenad",
            "later": "Vad vi kompletterar senare och varför",
            "unknown": "Ännu inte känt",
            "people": "personer ungefär",
            "records": "poster ungefär",
        },
        "en": {
            "authority": "Notification of a personal data breach",
            "persons": "Your personal data has been put at risk",
            "nature": "What happened",
            "numbers": "Whom and which data it concerns",
            "contact": "Ask us more",
            "consequences": "What may follow",
            "measures": "What we have done and are doing",
            "advice": "What you can do yourself",
            "aware": "When we became aware of it",
            "delay": "Why this notification is late",
            "later": "What follows later, and why",
            "unknown": "Not known yet",
            "people": "people, approximately",
            "records": "records, approximately",
        },
    }
)
