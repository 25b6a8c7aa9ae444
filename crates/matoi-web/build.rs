//! Says what is missing before the compiler does: the browser libraries come from npm.

use std::path::Path;

fn main() {
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../node_modules");
    for file in [
        "htmx.org/dist/htmx.min.js",
        "@fontsource-variable/noto-sans-jp/wght.css",
    ] {
        let path = modules.join(file);
        println!("cargo::rerun-if-changed={}", path.display());
        if !path.exists() {
            println!(
                "cargo::error=node_modules/{file} is missing: run `npm ci` first (`make build` does it)"
            );
        }
    }
}
