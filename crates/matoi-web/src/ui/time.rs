//! Times as people read them: near ones relative, far ones as dates, the exact one on hover and in `datetime`.

use askama::filters::Safe;
use jiff::Zoned;
use matoi_types::{Lang, Timestamp};

use super::{Markup, Ui};

impl Ui {
    /// A point in time: "3 minutes ago" or the date, with the exact time on hover.
    #[must_use]
    pub fn time(&self, at: &Timestamp) -> Markup {
        let seconds = self.now.seconds_since(*at);
        let text = match seconds {
            0..=59 => self.t("time-just-now"),
            60..=3599 => self.t1("time-minutes-ago", "n", seconds / 60),
            3600..=86_399 => self.t1("time-hours-ago", "n", seconds / 3600),
            -3599..=-1 => self.t1("time-in-minutes", "n", (-seconds).div_euclid(60).max(1)),
            -86_399..=-3600 => self.t1("time-in-hours", "n", -seconds / 3600),
            _ => self.short(at),
        };
        self.element(at, &text)
    }

    /// A point in time by the clock: "03:12" today, "11/20 03:12" this year.
    #[must_use]
    pub fn clock(&self, at: &Timestamp) -> Markup {
        let text = self.short(at);
        self.element(at, &text)
    }

    /// A point in time by the clock inside a text: "14:20から", "since 14:20". The text's argument is `time`.
    #[must_use]
    pub fn clock_in(&self, key: &str, at: &Timestamp) -> Markup {
        // The mark stands for the element while the text around it is escaped.
        const MARK: &str = "\u{1}";
        let text = self.t1(key, "time", MARK);
        let escaped = askama::filters::escape(text, askama::filters::Html).map(|safe| safe.to_string());
        Safe(escaped.unwrap_or_default().replace(MARK, &self.clock(at).0))
    }

    /// A point in time in full: 2026年11月20日（金）03:12, or "Fri 20 Nov 2026 03:12".
    #[must_use]
    pub fn full(&self, at: &Timestamp) -> String {
        let local = self.local(at);
        match self.lang {
            Lang::Ja => {
                let weekday = self.t(&format!("weekday-{}", local.weekday().to_monday_one_offset()));
                let (year, month, day) = (local.year(), local.month(), local.day());
                format!(
                    "{year}年{month}月{day}日（{weekday}）{:02}:{:02}",
                    local.hour(),
                    local.minute()
                )
            }
            Lang::En => local.strftime("%a %-d %b %Y %H:%M").to_string(),
        }
    }

    /// A point in time as a `datetime-local` field takes it.
    #[must_use]
    pub fn input_time(&self, at: &Timestamp) -> String {
        self.local(at).strftime("%Y-%m-%dT%H:%M").to_string()
    }

    /// Reads a `datetime-local` field in the reader's zone. A time that a clock change skipped or doubled is taken as
    /// the later, respectively the earlier one.
    #[must_use]
    pub fn read_time(&self, text: &str) -> Option<Timestamp> {
        let civil: jiff::civil::DateTime = text.trim().parse().ok()?;
        let zoned = civil.to_zoned(self.zone.clone()).ok()?;
        Some(Timestamp::from_jiff(zoned.timestamp()))
    }

    /// A length of time in its two largest units: 3時間12分, "3 h 12 min".
    #[must_use]
    pub fn duration(&self, seconds: i64) -> String {
        let seconds = seconds.max(0);
        let (days, hours, minutes) = (seconds / 86_400, seconds % 86_400 / 3600, seconds % 3600 / 60);
        if days > 0 {
            self.t2("time-days-hours", "days", days, "hours", hours)
        } else if hours > 0 {
            self.t2("time-hours-minutes", "hours", hours, "minutes", minutes)
        } else if minutes > 0 {
            self.t1("time-minutes", "n", minutes)
        } else {
            self.t1("time-seconds", "n", seconds)
        }
    }

    /// A point in time in full, as an element: for pages whose reader does not come back to look at the clock.
    #[must_use]
    pub fn stamp(&self, at: &Timestamp) -> Markup {
        let text = self.full(at);
        self.element(at, &text)
    }

    /// A point in time by the clock, as text: "03:12" today, "11/20 03:12" this year.
    #[must_use]
    pub fn short(&self, at: &Timestamp) -> String {
        let (local, today) = (self.local(at), self.local(&self.now));
        if local.date() == today.date() {
            return local.strftime("%H:%M").to_string();
        }
        match (self.lang, local.year() == today.year()) {
            (Lang::Ja, true) => format!("{}/{} {}", local.month(), local.day(), local.strftime("%H:%M")),
            (Lang::Ja, false) => format!("{}/{}/{}", local.year(), local.month(), local.day()),
            (Lang::En, true) => local.strftime("%-d %b %H:%M").to_string(),
            (Lang::En, false) => local.strftime("%-d %b %Y").to_string(),
        }
    }

    fn element(&self, at: &Timestamp, text: &str) -> Markup {
        Safe(format!(
            "<time datetime=\"{at}\" title=\"{}\">{text}</time>",
            self.full(at)
        ))
    }

    fn local(&self, at: &Timestamp) -> Zoned {
        at.to_jiff().to_zoned(self.zone.clone())
    }
}
