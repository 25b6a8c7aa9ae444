//! What is generated is what the program reads: the schema, the services and the search agree with it.

use matoi_bench::generate::{self, Plan};
use matoi_core::cases::{self, CaseFilter, CaseOrder, CaseState};
use matoi_core::kernel::PageRequest;
use matoi_core::report_doc;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_organisation_is_read_by_the_services() {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan {
        seed: 1,
        cases: 300,
        reports: 900,
        entries: 3_000,
        alerts: 300,
    };
    let url = generate::sqlite_in(folder.path());
    let made = generate::generate(&url, &plan, |_| {}).await.unwrap();
    assert!(made.rows > 5_000 && made.found > 1_500, "{made:?}");

    let store = generate::open(&url, plan.begin(), 1).await.unwrap();
    let mut tx = store.read(&store.system("test")).await.unwrap();
    let filter = CaseFilter {
        states: vec![CaseState::Closed],
        ..CaseFilter::default()
    };
    let page = PageRequest::default();
    let closed = cases::service::list(&mut tx, &filter, CaseOrder::default(), &page)
        .await
        .unwrap();
    assert!(!closed.items.is_empty());
    let mut documents = 0;
    for case in &closed.items {
        cases::timeline::list(&mut tx, case.id, &[], &page).await.unwrap();
        documents += report_doc::service::of_case(&mut tx, case.id)
            .await
            .unwrap()
            .len();
    }
    assert!(documents > 0, "closed incidents have their report");
}
