//! Finds the Japanese font that is built into the program.

use std::env;
use std::path::{Path, PathBuf};

/// Environment variable for the compiler, folder in the npm package, file.
const FONTS: [(&str, &str, &str); 2] = [
    ("MATOI_FONT_REGULAR", "400Regular", "NotoSansJP_400Regular.ttf"),
    ("MATOI_FONT_BOLD", "700Bold", "NotoSansJP_700Bold.ttf"),
];

fn main() {
    println!("cargo::rerun-if-env-changed=MATOI_FONT_DIR");
    println!("cargo::rerun-if-changed=build.rs");
    let directory = font_directory();
    for (variable, folder, file) in FONTS {
        let places = [directory.join(folder).join(file), directory.join(file)];
        match places.iter().find(|place| place.is_file()) {
            Some(place) => {
                println!("cargo::rerun-if-changed={}", place.display());
                println!("cargo::rustc-env={variable}={}", place.display());
            }
            None => {
                println!("cargo::rerun-if-changed={}", directory.display());
                println!(
                    "cargo::error=the font {file} is not in {}: run `npm ci` (or `make build`) in the root of the \
                     repository, or set MATOI_FONT_DIR to a directory that has it",
                    directory.display()
                );
            }
        }
    }
}

fn font_directory() -> PathBuf {
    env::var_os("MATOI_FONT_DIR").map_or_else(
        || {
            let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
            Path::new(&manifest).join("../../node_modules/@expo-google-fonts/noto-sans-jp")
        },
        PathBuf::from,
    )
}
