"""What a model and a page may not be told: known shapes, and literals of secrets' names."""

import pytest

from shared.text.secrets_scan import LEFT_OUT, blanked, for_model, secrets_in

AWS = "AKIA" + "Q7" * 8
GITHUB = "ghp_" + "a1B2" * 10
ANTHROPIC = "sk-ant-" + "a1B2" * 10
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"
HIDDEN = [
    'password = "hunter2hunter2"',
    "secret = 'correct-horse-battery-staple'",
    'api_key: "abcd1234efgh"',
    'token = "q8w7e6r5t4"',
    '{"password": "s3cr3tpass"}',
    'config["password"] = "supersecret"',
    'DB_PASSWORD: Final[str] = "hunter2hunter2"',
    'const API_KEY: &\'static str = "abcd1234efgh";',
    'const apiKey string = "abcd1234efgh"',
    "apiKey := `abcd1234efgh`",
    ':password => "hunter22x",',
    '#define API_KEY "abcd1234efgh"',
    "define('API_KEY', 'abcd1234efgh');",
    'const std::string password{"hunter2hunter2"};',
    'char password[] = "hunter2hunter2";',
    'private static final String CLIENT_SECRET = "abcd1234efgh";',
    'let accessToken: String? = "abcd1234efgh"',
    'connect(user="x", password="hunter2hunter2")',
    'SECRET_KEY = b"abcd1234efgh"',
    'AWS_SECRET_ACCESS_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz"',
    'token ||= "abcdefg12"',
    'token = "abcdefghijklmnopqrstuv"',
    f'AWS = "{AWS}"',
    f"# {GITHUB}",
    f'x = "{ANTHROPIC}"',
]
SHOWN = """token = next_token()
password: str = ""
secret = os.environ["SECRET_NAME1"]
password = "password"
password = os.getenv("DB_PASSWORD1")
token: str
token: "Token | None"
secret: "SecretStr"
if token == "abcdefgh1234":
if token != "abcdefgh1234":
api_key = "X-Api-Key"
TOKEN = "access_token"
token: "keyword.operator"
pad_token = "[PAD_TOKEN1]"
password = "<your password>"
password = "your-password-1"
password = "${DB_PASSWORD}"
password = "changeme123"
api_key = "sk-xxxxxxxxxxxx"
secret = "example-secret-1"
password = f"{user}-abc12345"
token = "GITHUB_TOKEN"
password_label = "Enter1234567"
tokens = "abcdefgh1234"
forgot_password: "Forgot your password?"
secret = "/run/secrets/db-1"
token_url = "https://a.test/1"
token: "https://a.test/oauth/1"
password = "********"
password = input("Password 12345")
def token(self) -> "Abcdefgh123": pass
secret = config["client_secret_1"]
password = "short1"
token = str(uuid4())
_SECRET = ("authorization", "cookie")
if secret is None or name == "abcdefgh12":
assert password, "abcdefgh12"
x = password or "abcdefgh1234\""""


@pytest.mark.parametrize("line", HIDDEN)
def test_a_line_with_a_secret_is_hidden_alone_and_its_value_blanked(line: str) -> None:
    assert for_model(f"before = 1\n{line}\nafter = 2") == f"before = 1\n{LEFT_OUT}\nafter = 2"
    blank = blanked(f"{line}\n# end")
    assert "…" in blank
    assert for_model(blank) == blank
    assert blank.endswith("\n# end")


@pytest.mark.parametrize("line", SHOWN.split("\n"))
def test_ordinary_code_is_shown_as_it_is(line: str) -> None:
    assert for_model(f"{line}\n") == f"{line}\n"
    assert blanked(line) == line


def test_only_the_value_is_blanked_and_all_of_them() -> None:
    text = f'a = f(password="hunter2hunter2", key="{AWS}")  # {GITHUB}'
    assert blanked(text) == 'a = f(password="…", key="…")  # …'


def test_a_secret_on_the_line_below_its_name_is_hidden() -> None:
    text = 'password = (\n    "hunter2hunter2"\n)\n'
    assert for_model(text) == f"password = (\n{LEFT_OUT}\n)\n"


def test_of_a_file_with_a_private_key_nothing_is_shown() -> None:
    assert for_model(f'KEY = """{KEY}"""\nx = 1\n') is None
    assert blanked(f'KEY = """{KEY}"""\nx = 1\n') == 'KEY = """…"""\nx = 1\n'
    assert blanked(KEY[:40]) == "…"


@pytest.mark.parametrize("line", HIDDEN[:22])
def test_a_literal_of_a_secrets_name_refuses_nothing(line: str) -> None:
    assert secrets_in(line) == []
