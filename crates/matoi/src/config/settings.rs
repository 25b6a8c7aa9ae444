//! The one list of settings: what `config check`, `config show`, the example file and the parser all come from.

use super::kind::Kind;

/// A setting.
#[derive(Debug)]
pub struct Setting {
    /// Its place in the configuration file, like `server.listen`.
    pub path: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Its value when nobody says anything, as it would come from the environment; none when there is no such value.
    pub default: Option<&'static str>,
    /// A value for the example file where there is no default.
    pub example: &'static str,
    /// What it is for.
    pub about: About,
}

/// A text in both languages.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// Japanese.
    pub ja: &'static str,
    /// English.
    pub en: &'static str,
}

/// A table of the configuration file, with what stands above it in the example.
#[derive(Debug)]
pub struct Section {
    /// Its name; empty for the beginning of the file.
    pub name: &'static str,
    /// What it is for.
    pub about: About,
}

impl Setting {
    /// The environment variable: `MATOI_SERVER_LISTEN` for `server.listen`.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("MATOI_{}", self.path.to_ascii_uppercase().replace('.', "_"))
    }

    /// Whether it is a secret: only from the environment, or from a file named by the setting's name with `_file`.
    #[must_use]
    pub const fn is_secret(&self) -> bool {
        matches!(self.kind, Kind::Secret)
    }

    /// The table it stands in; empty for the beginning of the file.
    #[must_use]
    pub fn section(&self) -> &'static str {
        self.path.rsplit_once('.').map_or("", |(section, _)| section)
    }

    /// Its name in its table.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.path.rsplit_once('.').map_or(self.path, |(_, name)| name)
    }
}

const fn setting(
    path: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    example: &'static str,
    ja: &'static str,
    en: &'static str,
) -> Setting {
    Setting {
        path,
        kind,
        default,
        example,
        about: About { ja, en },
    }
}

const fn section(name: &'static str, ja: &'static str, en: &'static str) -> Section {
    Section {
        name,
        about: About { ja, en },
    }
}

const MINUTE: u64 = 60;
const DAY: u64 = 86_400;
const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const GIB: u64 = 1024 * MIB;

/// The tables, in the order of the example file.
pub static SECTIONS: &[Section] = &[
    section("", "置き場所と言語", "Places and language"),
    section("server", "Webサーバー", "The web server"),
    section(
        "server.tls",
        "Matoi自身によるTLS（証明書はSIGHUPで読み直す）",
        "TLS by Matoi itself; SIGHUP reads the certificate again",
    ),
    section(
        "server.limits",
        "受け付ける大きさと時間の上限",
        "How much is taken in, and how slowly",
    ),
    section("database", "データベース", "The database"),
    section(
        "blobs",
        "添付ファイルなどの置き場所（必ず暗号化して保存）",
        "Where attachments and documents lie, always encrypted",
    ),
    section(
        "blobs.s3",
        "S3互換ストレージを使う場合",
        "For an S3-compatible store",
    ),
    section("session", "ログインの有効時間", "How long a log-in lasts"),
    section("log", "ログ（標準エラー出力）", "Logs, written to standard error"),
    section("intake", "受付", "What comes in"),
    section(
        "workers",
        "信頼できない入力を扱う子プロセス",
        "Child processes that handle hostile input",
    ),
    section(
        "metrics",
        "Prometheus形式の計測値（/metrics）",
        "Figures for Prometheus at /metrics",
    ),
    section(
        "oidc",
        "OpenID Connectによるシングルサインオン",
        "Single sign-on by OpenID Connect",
    ),
    section(
        "oidc.claims",
        "IDプロバイダーのクレーム名",
        "Names of the identity provider's claims",
    ),
];

/// Every setting, in the order of the example file.
pub static SETTINGS: &[Setting] = &[
    setting(
        "data_dir",
        Kind::Path,
        Some("var/matoi"),
        "",
        "データベースと暗号化したファイルを置くディレクトリー",
        "Where the database and the encrypted files are",
    ),
    setting(
        "key_file",
        Kind::Path,
        None,
        "/etc/matoi/keys/master.key",
        "マスターキーのファイル。既定はデータの隣の「ディレクトリー名.keys/master.key」。データの中には置けない",
        "The file of the master key. By default beside the data directory, in NAME.keys/master.key; never inside it",
    ),
    setting(
        "language",
        Kind::Choice(&["auto", "ja", "en"]),
        Some("auto"),
        "",
        "init、serve、demoが表示する文の言語。autoは環境変数LANGに従う。一覧と、ほとんどのエラーは英語",
        "The language of what init, serve and demo show; auto follows LANG. Tables and most errors are English",
    ),
    setting(
        "server.listen",
        Kind::Address,
        Some("127.0.0.1:8322"),
        "",
        "待ち受けるアドレス。ほかの機械から届くアドレスにはTLSかプロキシが要る",
        "The address to listen on. One that other machines reach needs TLS or a proxy",
    ),
    setting(
        "server.public_url",
        Kind::Url,
        None,
        "https://matoi.example",
        "利用者が使うアドレス。メールなどに書くリンクに使う。既定は待ち受けるアドレス",
        "The address that users use, for links in mails and elsewhere. By default the one listened on",
    ),
    setting(
        "server.base_path",
        Kind::BasePath,
        None,
        "/matoi",
        "プロキシの下のパス。既定はpublic_urlのパス",
        "The path below which everything lies behind a proxy. By default the path of public_url",
    ),
    setting(
        "server.trusted_proxies",
        Kind::Networks,
        Some(""),
        "[\"127.0.0.1\", \"10.0.0.0/8\"]",
        "X-Forwarded-Forを信じるプロキシのアドレス",
        "Addresses of proxies whose X-Forwarded-For is believed",
    ),
    setting(
        "server.insecure_http",
        Kind::Flag,
        Some("false"),
        "",
        "TLSもプロキシもなしに、ほかの機械からのHTTPを受ける。パスワードが平文で流れる",
        "Serve other machines by plain HTTP without TLS or a proxy: passwords cross the network in the clear",
    ),
    setting(
        "server.stop_within",
        Kind::Duration(0, 10 * MINUTE),
        Some("10 s"),
        "",
        "停止するとき、処理中の要求を待つ時間",
        "How long requests under way may take to finish when the program stops",
    ),
    setting(
        "server.tls.certificate_file",
        Kind::Path,
        None,
        "/etc/matoi/tls/certificate.pem",
        "証明書（中間証明書を含むPEM）",
        "The certificate with its intermediates, PEM",
    ),
    setting(
        "server.tls.key_file",
        Kind::Path,
        None,
        "/etc/matoi/tls/key.pem",
        "秘密鍵（PEM）",
        "Its private key, PEM",
    ),
    setting(
        "server.limits.max_body",
        Kind::Size(64 * KIB, 64 * MIB),
        Some("2 MiB"),
        "",
        "添付ファイルのない要求の上限",
        "Largest request without attachments",
    ),
    setting(
        "server.limits.max_upload",
        Kind::Size(MIB, 4 * GIB),
        Some("64 MiB"),
        "",
        "添付ファイルを含む要求の上限",
        "Largest request with attachments",
    ),
    setting(
        "server.limits.max_file",
        Kind::Size(64 * KIB, 4 * GIB),
        Some("50 MiB"),
        "",
        "添付ファイル1個の上限",
        "Largest single attachment",
    ),
    setting(
        "server.limits.header_timeout",
        Kind::Duration(1, 5 * MINUTE),
        Some("15 s"),
        "",
        "要求のヘッダーが届くまでの時間",
        "How long the header of a request may take to arrive",
    ),
    setting(
        "server.limits.body_timeout",
        Kind::Duration(1, 10 * MINUTE),
        Some("60 s"),
        "",
        "要求の本文が途切れてよい時間",
        "How long the body of a request may pause",
    ),
    setting(
        "database.url",
        Kind::DatabaseUrl,
        None,
        "postgres://matoi@db.example/matoi?sslmode=verify-full",
        "データベース。既定はデータディレクトリーのSQLite（sqlite:DATA_DIR/matoi.db）。PostgreSQLは15以降。パスワードは書けない",
        "The database. By default SQLite in the data directory (sqlite:DATA_DIR/matoi.db). PostgreSQL 15 or newer. Holds no password",
    ),
    setting(
        "database.password",
        Kind::Secret,
        None,
        "/etc/matoi/secrets/database-password",
        "PostgreSQLのパスワード",
        "The password for PostgreSQL",
    ),
    setting(
        "database.connections",
        Kind::Number(1, 500),
        Some("6"),
        "",
        "接続数。PostgreSQLではすべて、SQLiteでは読み取り用",
        "Connections: all of them with PostgreSQL, those that read with SQLite",
    ),
    setting(
        "database.wait",
        Kind::Duration(1, 5 * MINUTE),
        Some("30 s"),
        "",
        "接続が空くのを待つ時間",
        "How long to wait for a free connection",
    ),
    setting(
        "database.sqlite_cache",
        Kind::Size(MIB, GIB),
        Some("20 MiB"),
        "",
        "SQLiteのキャッシュ。主に使う接続2本の1本あたりの大きさ（ほかの接続はその4分の1）",
        "Cache of each of the two SQLite connections that are used most; the others have a quarter of it",
    ),
    setting(
        "blobs.url",
        Kind::BlobsUrl,
        None,
        "s3://matoi-files/prefix",
        "file:ディレクトリー か s3://バケット/接頭辞。既定はデータディレクトリーのblobs",
        "file:DIRECTORY or s3://BUCKET/PREFIX. By default blobs in the data directory",
    ),
    setting(
        "blobs.s3.region",
        Kind::Text,
        Some("us-east-1"),
        "",
        "リージョン。ないストレージでは何でもよい",
        "The region; anything where the store has none",
    ),
    setting(
        "blobs.s3.endpoint",
        Kind::Url,
        None,
        "https://s3.example:9000",
        "ストレージのアドレス。既定はAmazonのもの",
        "The address of the store; Amazon's by default",
    ),
    setting(
        "blobs.s3.access_key_id",
        Kind::Text,
        None,
        "AKIAEXAMPLE",
        "アクセスキーID。なければ環境のAWS_*変数かインスタンスの役割を使う",
        "The access key id. Without one, the AWS_* variables or the role of the machine are used",
    ),
    setting(
        "blobs.s3.secret_access_key",
        Kind::Secret,
        None,
        "/etc/matoi/secrets/s3-secret-key",
        "シークレットアクセスキー",
        "The secret access key",
    ),
    setting(
        "blobs.s3.virtual_hosted_style",
        Kind::Flag,
        Some("false"),
        "",
        "バケット名をホスト名に含める（Amazon）",
        "Whether the bucket is part of the host name, as at Amazon",
    ),
    setting(
        "blobs.s3.allow_http",
        Kind::Flag,
        Some("false"),
        "",
        "暗号化していない接続を許す（内容は暗号化してあるが、要求は見える）",
        "Whether an unencrypted connection is accepted: content is encrypted all the same, requests are not",
    ),
    setting(
        "blobs.s3.ca_file",
        Kind::Path,
        None,
        "/etc/matoi/tls/internal-ca.pem",
        "追加で信頼する認証局（PEM）",
        "Certificate authorities to trust besides those of the system, PEM",
    ),
    setting(
        "session.idle",
        Kind::Duration(5 * MINUTE, 30 * DAY),
        Some("2 h"),
        "",
        "操作がないときの有効時間",
        "Without use",
    ),
    setting(
        "session.absolute",
        Kind::Duration(5 * MINUTE, 90 * DAY),
        Some("12 h"),
        "",
        "操作があっても終わる時間",
        "In any case",
    ),
    setting(
        "log.format",
        Kind::Choice(&["text", "json"]),
        Some("text"),
        "",
        "人が読む形か、1行ごとのJSONか",
        "For people, or one JSON object a line",
    ),
    setting(
        "log.level",
        Kind::LogFilter,
        Some("info"),
        "",
        "error、warn、info、debug、trace。モジュールごとにも書ける（info,matoi_web=debug）",
        "error, warn, info, debug or trace; by module too, like info,matoi_web=debug",
    ),
    setting(
        "intake.max_mail",
        Kind::Size(MIB, 256 * MIB),
        Some("60 MiB"),
        "",
        "受け付けるメール1通の上限",
        "Largest mail that is taken in",
    ),
    setting(
        "workers.parsers",
        Kind::Number(1, 64),
        Some("2"),
        "",
        "メールやファイルを解析する子プロセスの数",
        "Processes that take mails and files apart",
    ),
    setting(
        "workers.memory",
        Kind::Size(128 * MIB, 64 * GIB),
        Some("768 MiB"),
        "",
        "子プロセス1個が使えるメモリー",
        "Memory that one of them may use",
    ),
    setting(
        "workers.timeout",
        Kind::Duration(1, 10 * MINUTE),
        Some("30 s"),
        "",
        "1件の処理にかけてよい時間。過ぎると子プロセスを止めてやり直す",
        "How long one item may take; after that the process is stopped and the item tried once more",
    ),
    setting(
        "metrics.enabled",
        Kind::Flag,
        Some("true"),
        "",
        "/metricsを出す",
        "Whether there is /metrics",
    ),
    setting(
        "metrics.token",
        Kind::Secret,
        None,
        "/etc/matoi/secrets/metrics-token",
        "ほかの機械から読むときのトークン（Authorization: Bearer）。なければ自分の機械からだけ読める",
        "The token with which other machines may read it (Authorization: Bearer). Without one only this machine may",
    ),
    setting(
        "oidc.issuer",
        Kind::Url,
        None,
        "https://login.example/realms/main",
        "IDプロバイダーの発行者（issuer）。書くとシングルサインオンが使える",
        "The issuer of the identity provider. Single sign-on is there when this is set",
    ),
    setting(
        "oidc.name",
        Kind::Text,
        None,
        "社内アカウント",
        "ログイン画面のボタンに出す名前。既定はissuerのホスト名",
        "The name on the log-in button; the host name of the issuer by default",
    ),
    setting(
        "oidc.client_id",
        Kind::Text,
        None,
        "matoi",
        "クライアントID",
        "The client id",
    ),
    setting(
        "oidc.client_secret",
        Kind::Secret,
        None,
        "/etc/matoi/secrets/oidc-client-secret",
        "クライアントシークレット",
        "The client secret",
    ),
    setting(
        "oidc.ca_file",
        Kind::Path,
        None,
        "/etc/matoi/tls/internal-ca.pem",
        "IDプロバイダーの証明書を発行した、組織内の認証局の証明書",
        "Certificates of your own authority, when it issued that of the identity provider",
    ),
    setting(
        "oidc.scopes",
        Kind::List,
        Some("openid,profile,email"),
        "",
        "求めるスコープ",
        "The scopes asked for",
    ),
    setting(
        "oidc.only",
        Kind::Flag,
        Some("false"),
        "",
        "パスワードでのログインを、緊急用アカウントだけにする",
        "Whether only break-glass accounts may sign in with a password",
    ),
    setting(
        "oidc.create_accounts",
        Kind::Flag,
        Some("false"),
        "",
        "アカウントのない人が初めてサインオンしたときに、アカウントを作る",
        "Whether somebody without an account gets one at the first sign-on",
    ),
    setting(
        "oidc.roles",
        Kind::Table,
        Some(""),
        "{ \"csirt-members\" = [\"handler\"], \"ciso\" = [\"approver\"] }",
        "グループの値から役割への対応。ここに挙げた役割（組織全体）は、サインオンのたびにグループに合わせて与え、取り上げる。役割が1つも残らない人は入れない。空のときは役割をMatoiだけで管理し、新しいアカウントはmemberになる",
        "Which roles the values of the groups claim give. The roles named here (for the whole organisation) are given and taken at every sign-on; who is left without any role is refused. When empty, roles are given in Matoi alone, and new accounts get member",
    ),
    setting(
        "oidc.claims.login",
        Kind::Text,
        Some("preferred_username"),
        "",
        "ログイン名",
        "The name to sign in with",
    ),
    setting(
        "oidc.claims.name",
        Kind::Text,
        Some("name"),
        "",
        "表示名",
        "The name to show",
    ),
    setting(
        "oidc.claims.mail",
        Kind::Text,
        Some("email"),
        "",
        "メールアドレス",
        "The mail address",
    ),
    setting(
        "oidc.claims.groups",
        Kind::Text,
        Some("groups"),
        "",
        "グループ（oidc.rolesで役割に対応させる）",
        "The groups, which oidc.roles turns into roles",
    ),
];

/// Environment variables of the program that are no settings.
pub const OTHER_VARIABLES: &[&str] = &[
    "MATOI_CONFIG",
    "MATOI_FORMAT",
    "MATOI_TOKEN",
    "MATOI_SAMPLES",
    "MATOI_SHARED",
    "MATOI_PASSWORD",
    "MATOI_RECOVERY_KEY",
];

/// The setting at a path.
#[must_use]
pub fn find(path: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.path == path)
}

/// The secret that a path like `database.password_file` gives the file of.
#[must_use]
pub fn find_secret_file(path: &str) -> Option<&'static Setting> {
    path.strip_suffix("_file")
        .and_then(find)
        .filter(|setting| setting.is_secret())
}
