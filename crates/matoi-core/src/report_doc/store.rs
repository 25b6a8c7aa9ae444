//! SQL of documents.

use matoi_db::{Row, Sql, v};
use matoi_types::{CaseId, DocumentId, ScopeId};

use super::model::{Document, DocumentForm, DocumentKind, DocumentState};
use crate::kernel::{Message, Result, Tx, access};

const DOCUMENT: &str = "SELECT d.id, d.case_id, c.number AS case_number, c.title AS case_title, d.number, d.kind, d.lang, d.edition, d.revision, d.state, d.tlp, d.title,
  d.classification, d.audience, d.content, d.created_by, a.name AS author, d.created_at, d.edited_by, d.edited_at, d.reviewed_by, r.name AS reviewer, d.reviewed_at,
  d.approved_by, p.name AS approver, d.approved_at, d.deputy, d.distributed_at, d.distributed_to, d.withdrawn_at, d.withdrawn_reason, d.wanted, d.made,
  d.pdf_sha256, d.pages, d.problem, d.version, d.scope_id, d.template_hash
  FROM document d JOIN case_file c ON c.id = d.case_id LEFT JOIN account a ON a.id = d.created_by LEFT JOIN account r ON r.id = d.reviewed_by
  LEFT JOIN account p ON p.id = d.approved_by WHERE 1 = 1";

/// The document if the caller may see it.
pub(super) async fn get(tx: &mut Tx, id: DocumentId) -> Result<Option<Document>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new(DOCUMENT);
    sql.push(" AND d.id = ?", [v(id)]);
    access::and_visible(&mut sql, &caller, "d.scope_id");
    tx.fetch_sql(sql).await?.first().map(document).transpose()
}

/// Documents of a case without their texts, latest first.
pub(super) async fn of_case(tx: &mut Tx, case: CaseId) -> Result<Vec<Document>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new(DOCUMENT);
    sql.push(" AND d.case_id = ?", [v(case)]);
    access::and_visible(&mut sql, &caller, "d.scope_id");
    sql.push(" ORDER BY d.created_at DESC, d.id DESC LIMIT 500", []);
    let rows = tx.fetch_sql(sql).await?;
    rows.iter()
        .map(|row| {
            let mut document = document(row)?;
            document.content.clear();
            Ok(document)
        })
        .collect()
}

/// How many documents the case has had, and which edition comes next for a kind and language.
pub(super) async fn next(tx: &mut Tx, case: CaseId, kind: DocumentKind, lang: &str) -> Result<(i64, i64)> {
    let row = tx
        .fetch_one(
            "SELECT COUNT(*) AS n, COALESCE(MAX(CASE WHEN kind = $2 AND lang = $3 THEN edition ELSE 0 END), 0) AS edition FROM document WHERE case_id = $1",
            [v(case), v(kind.as_str()), v(lang)],
        )
        .await?;
    Ok((row.int("n")? + 1, row.int("edition")? + 1))
}

/// What a new row has beyond the document itself.
pub(super) struct Snapshot<'a> {
    /// The data it was made from, as JSON.
    pub(super) data: &'a str,
    /// Their SHA-256.
    pub(super) data_hash: &'a str,
}

pub(super) async fn insert(tx: &mut Tx, document: &Document, snapshot: Snapshot<'_>) -> Result<()> {
    tx.execute(
        "INSERT INTO document (id, case_id, scope_id, number, kind, lang, edition, revision, state, tlp, title, classification, audience, data, data_hash, template_hash, content,
           created_by, created_at, edited_by, edited_at, deputy, distributed_to, withdrawn_reason, wanted, made, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10, $11, $12, $13, $14, $15, '', $16, $17, $16, $17, 0, '', '', 1, 0, 1)",
        [
            v(document.id),
            v(document.case_id),
            v(document.scope_id),
            v(&document.number),
            v(document.kind.as_str()),
            v(document.lang),
            v(document.edition),
            v(document.state.as_str()),
            v(document.tlp),
            v(&document.title),
            v(&document.classification),
            v(&document.audience),
            v(snapshot.data),
            v(snapshot.data_hash),
            v(&document.template_hash),
            v(document.created_by),
            v(document.created_at),
        ],
    )
    .await?;
    Ok(())
}

/// The data a document was made from, as JSON.
pub(super) async fn data(tx: &mut Tx, id: DocumentId) -> Result<String> {
    let row = tx
        .fetch_one("SELECT data FROM document WHERE id = $1", [v(id)])
        .await?;
    Ok(row.text("data")?)
}

/// Writes everything of a document that commands change, if its version is still this one.
pub(super) async fn save(tx: &mut Tx, version: i64, document: &Document) -> Result<bool> {
    let changed = tx
        .execute(
            "UPDATE document SET revision = $3, state = $4, title = $5, classification = $6, audience = $7, content = $8, edited_by = $9, edited_at = $10,
               reviewed_by = $11, reviewed_at = $12, approved_by = $13, approved_at = $14, deputy = $15, distributed_by = $16, distributed_at = $17, distributed_to = $18,
               withdrawn_at = $19, withdrawn_reason = $20, wanted = $21, problem = $22, version = version + 1 WHERE id = $1 AND version = $2",
            [
                v(document.id),
                v(version),
                v(document.revision),
                v(document.state.as_str()),
                v(&document.title),
                v(&document.classification),
                v(&document.audience),
                v(&document.content),
                v(document.edited_by),
                v(document.edited_at),
                v(document.reviewed_by),
                v(document.reviewed_at),
                v(document.approved_by),
                v(document.approved_at),
                v(document.deputy),
                v((document.state == DocumentState::Distributed).then(|| tx.caller().account()).flatten()),
                v(document.distributed_at),
                v(&document.distributed_to),
                v(document.withdrawn_at),
                v(&document.withdrawn_reason),
                v(document.wanted),
                v(problem(document.problem.as_ref())?),
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Files of a document, as they were made.
#[derive(Debug, Clone, Default)]
pub(super) struct Made {
    pub(super) content: String,
    pub(super) pdf: Option<String>,
    pub(super) docx: Option<String>,
    pub(super) markdown: Option<String>,
    pub(super) pdf_sha256: Option<String>,
    pub(super) pages: Option<i64>,
    pub(super) problem: Option<Message>,
}

/// Keeps what was made, if it is still what is wanted.
pub(super) async fn save_made(tx: &mut Tx, id: DocumentId, wanted: i64, made: &Made) -> Result<bool> {
    let changed = tx
        .execute(
            "UPDATE document SET content = $3, pdf_blob = $4, docx_blob = $5, markdown_blob = $6, pdf_sha256 = $7, pages = $8, problem = $9, made = wanted, version = version + 1
             WHERE id = $1 AND wanted = $2 AND made < wanted",
            [
                v(id),
                v(wanted),
                v(&made.content),
                v(&made.pdf),
                v(&made.docx),
                v(&made.markdown),
                v(&made.pdf_sha256),
                v(made.pages),
                v(problem(made.problem.as_ref())?),
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Where the forms of a document are stored, those that are.
pub(super) async fn blobs(tx: &mut Tx, id: DocumentId) -> Result<Vec<(DocumentForm, String)>> {
    let row = tx
        .fetch_one(
            "SELECT pdf_blob, docx_blob, markdown_blob FROM document WHERE id = $1",
            [v(id)],
        )
        .await?;
    let forms = [
        (DocumentForm::Pdf, row.opt_text("pdf_blob")?),
        (DocumentForm::Docx, row.opt_text("docx_blob")?),
        (DocumentForm::Markdown, row.opt_text("markdown_blob")?),
    ];
    Ok(forms
        .into_iter()
        .filter_map(|(form, blob)| Some((form, blob?)))
        .collect())
}

fn problem(problem: Option<&Message>) -> Result<Option<String>> {
    Ok(problem.map(serde_json::to_string).transpose()?)
}

fn document(row: &Row) -> Result<Document> {
    let (wanted, made) = (row.int("wanted")?, row.int("made")?);
    let problem: Option<Message> = row
        .opt_text("problem")?
        .map(|text| serde_json::from_str(&text))
        .transpose()?;
    Ok(Document {
        id: row.id("id")?,
        case_id: row.id("case_id")?,
        case_number: row.text("case_number")?,
        case_title: row.text("case_title")?,
        number: row.text("number")?,
        kind: row.parsed("kind")?,
        lang: row.parsed("lang")?,
        edition: row.int("edition")?,
        revision: row.int("revision")?,
        state: row.parsed("state")?,
        tlp: row.ranked("tlp", matoi_types::Tlp::from_rank)?,
        title: row.text("title")?,
        classification: row.text("classification")?,
        audience: row.text("audience")?,
        content: row.text("content")?,
        created_by: row.opt_id("created_by")?,
        author: row.opt_text("author")?,
        created_at: row.time("created_at")?,
        edited_by: row.opt_id("edited_by")?,
        edited_at: row.time("edited_at")?,
        reviewed_by: row.opt_id("reviewed_by")?,
        reviewer: row.opt_text("reviewer")?,
        reviewed_at: row.opt_time("reviewed_at")?,
        approved_by: row.opt_id("approved_by")?,
        approver: row.opt_text("approver")?,
        approved_at: row.opt_time("approved_at")?,
        deputy: row.flag("deputy")?,
        distributed_at: row.opt_time("distributed_at")?,
        distributed_to: row.text("distributed_to")?,
        withdrawn_at: row.opt_time("withdrawn_at")?,
        withdrawn_reason: row.text("withdrawn_reason")?,
        ready: made == wanted && problem.is_none(),
        pdf_sha256: row.opt_text("pdf_sha256")?,
        pages: row.opt_int("pages")?,
        problem,
        version: row.int("version")?,
        scope_id: row.id("scope_id")?,
        template_hash: row.text("template_hash")?,
        wanted,
        made,
    })
}

pub(super) async fn distributed_kinds(tx: &mut Tx, case: CaseId) -> Result<Vec<String>> {
    Ok(tx
        .fetch_all(
            "SELECT DISTINCT kind FROM document WHERE case_id = $1 AND state = 'distributed'",
            [v(case)],
        )
        .await?
        .iter()
        .map(|row| row.text("kind"))
        .collect::<matoi_db::Result<_>>()?)
}

pub(super) async fn files_in_use(tx: &mut Tx, blobs: &[String]) -> Result<Vec<String>> {
    let mut sql = Sql::new("SELECT pdf_blob AS blob FROM document WHERE");
    sql.push_in("pdf_blob", blobs.iter().map(v))
        .push(" UNION SELECT docx_blob AS blob FROM document WHERE", [])
        .push_in("docx_blob", blobs.iter().map(v))
        .push(" UNION SELECT markdown_blob AS blob FROM document WHERE", [])
        .push_in("markdown_blob", blobs.iter().map(v));
    let rows = tx.fetch_sql(sql).await?;
    rows.iter().map(|row| Ok(row.text("blob")?)).collect()
}

/// Every stored form of every document.
pub(super) async fn all_files(tx: &mut Tx) -> Result<Vec<String>> {
    let rows = tx
        .fetch_all(
            "SELECT pdf_blob AS blob FROM document WHERE pdf_blob IS NOT NULL
             UNION SELECT docx_blob AS blob FROM document WHERE docx_blob IS NOT NULL
             UNION SELECT markdown_blob AS blob FROM document WHERE markdown_blob IS NOT NULL",
            [],
        )
        .await?;
    rows.iter().map(|row| Ok(row.text("blob")?)).collect()
}

pub(super) async fn move_scope(tx: &mut Tx, case: CaseId, scope: ScopeId) -> Result<()> {
    tx.execute(
        "UPDATE document SET scope_id = $2 WHERE case_id = $1",
        [v(case), v(scope)],
    )
    .await?;
    Ok(())
}
