"""An authority of our own, and certificates for fakes that sign what they say."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
EARLIEST, LATEST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


def new_key(kind: str) -> Key:
    """`rsa` or `ec`."""
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def pem_of(*certificates: x509.Certificate) -> bytes:
    """As files and processors give them."""
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates)


@dataclass
class Authority:
    """Signs certificates; `root` is what trusts it."""

    key: Key
    root: x509.Certificate

    @classmethod
    def new(cls) -> "Authority":
        """One that nobody trusts yet."""
        key = new_key("ec")
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Fake Authority")])
        usage = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        made = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), EARLIEST, LATEST)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        return cls(key, made.sign(key, hashes.SHA256()))

    def certify(
        self, key: Key, domain: str, until: datetime = LATEST, since: datetime | None = None
    ) -> x509.Certificate:
        """A certificate for the domain, valid until then."""
        issuer = self.root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        made = (
            x509.CertificateBuilder(
                self.root.subject,
                x509.Name([]),
                key.public_key(),
                x509.random_serial_number(),
                since or until - timedelta(days=397),
                until,
            )
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=True)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False)
        )
        return made.sign(self.key, hashes.SHA256())
