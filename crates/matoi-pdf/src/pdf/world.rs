//! The closed world in which Typst works.

use std::collections::{BTreeMap, HashMap};

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use super::DEFAULT_LAYOUT;
use crate::error::Error;
use crate::picture::{Info, Pictures};

static REGULAR: &[u8] = include_bytes!(env!("MATOI_FONT_REGULAR"));
static BOLD: &[u8] = include_bytes!(env!("MATOI_FONT_BOLD"));

/// What all documents have in common and what takes time to build.
pub(super) struct Shared {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    regular: Font,
    bold: Font,
    layout: Source,
    data: FileId,
}

impl Shared {
    pub(super) fn new() -> Result<Self, Error> {
        let regular = font(REGULAR)?;
        let bold = font(BOLD)?;
        Ok(Self {
            library: LazyHash::new(Library::builder().build()),
            book: LazyHash::new(FontBook::from_fonts([&regular, &bold])),
            regular,
            bold,
            layout: Source::new(file_id("layout.typ")?, DEFAULT_LAYOUT.to_owned()),
            data: file_id("document.json")?,
        })
    }

    pub(super) const fn regular(&self) -> &Font {
        &self.regular
    }
}

fn font(bytes: &'static [u8]) -> Result<Font, Error> {
    Font::new(Bytes::new(bytes), 0)
        .ok_or_else(|| Error::internal("the font that was built in cannot be read"))
}

/// Ids live as long as the process and there are 65,535 of them, so names are few and the same for every document.
fn file_id(path: &str) -> Result<FileId, Error> {
    let path = VirtualPath::new(path).map_err(|error| Error::internal(format!("{error:?}")))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

/// The name under which the layout finds a picture.
pub(super) fn picture_path(index: usize, info: &Info) -> String {
    format!("picture-{index}.{}", info.extension)
}

/// The world of one document.
pub(super) struct ReportWorld<'s> {
    shared: &'s Shared,
    layout: Source,
    files: HashMap<FileId, Bytes>,
}

impl<'s> ReportWorld<'s> {
    pub(super) fn new(
        shared: &'s Shared,
        layout: Option<&str>,
        data: Vec<u8>,
        pictures: &Pictures,
        infos: &BTreeMap<String, Info>,
    ) -> Result<Self, Error> {
        let mut files = HashMap::new();
        files.insert(shared.data, Bytes::new(data));
        for (index, (name, bytes)) in pictures.iter().enumerate() {
            if let Some(info) = infos.get(name) {
                files.insert(file_id(&picture_path(index, info))?, Bytes::new(bytes.clone()));
            }
        }
        let layout = match layout {
            Some(text) => Source::new(shared.layout.id(), text.to_owned()),
            None => shared.layout.clone(),
        };
        Ok(Self {
            shared,
            layout,
            files,
        })
    }
}

impl World for ReportWorld<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.shared.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.shared.book
    }

    fn main(&self) -> FileId {
        self.layout.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.layout.id() {
            Ok(self.layout.clone())
        } else {
            Err(FileError::AccessDenied)
        }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.get(&id).cloned().ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        match index {
            0 => Some(self.shared.regular.clone()),
            1 => Some(self.shared.bold.clone()),
            _ => None,
        }
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        // A document that depends on the day it is printed could not be printed again.
        None
    }
}
