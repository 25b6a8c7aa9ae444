//! Whether inline styles make text invisible. Only `style` attributes and the old presentational ones are looked at: rules in
//! style sheets would need a cascade, and mails that want to be displayed everywhere do not rely on them.

/// A colour with eight bits a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colour(u8, u8, u8);

/// What is known about the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Background {
    Plain(Colour),
    /// An image, a gradient, or something that could not be read.
    Unknown,
}

pub(super) const WHITE: Colour = Colour(255, 255, 255);

/// What one element's attributes say about visibility.
#[derive(Debug, Default)]
pub(super) struct Style {
    pub(super) is_hidden: bool,
    pub(super) is_shown_again: bool,
    pub(super) colour: Option<Colour>,
    pub(super) background: Option<Background>,
}

impl Style {
    /// Reads a `style` attribute.
    pub(super) fn read_inline(&mut self, style: &str) {
        let mut has_zero_box = false;
        let mut clips = false;
        for declaration in style.split(';').take(100) {
            let Some((property, value)) = declaration.split_once(':') else {
                continue;
            };
            let property = property.trim().to_ascii_lowercase();
            let value = value.trim().to_ascii_lowercase();
            let value = value.trim_end_matches("!important").trim();
            match property.as_str() {
                "display" if value == "none" => self.is_hidden = true,
                "visibility" if matches!(value, "hidden" | "collapse") => self.is_hidden = true,
                "visibility" if value == "visible" => self.is_shown_again = true,
                "mso-hide" if value == "all" => self.is_hidden = true,
                "opacity" if is_below(value, 0.05) => self.is_hidden = true,
                "font-size" if is_below(value, 2.0) && !value.ends_with("em") && !value.ends_with('%') => {
                    self.is_hidden = true;
                }
                "font-size" if is_below(value, 0.1) => self.is_hidden = true,
                "text-indent" | "left" | "top" | "margin-left" if is_below(value, -900.0) => {
                    self.is_hidden = true;
                }
                "max-height" | "height" | "max-width" | "width"
                    if is_below(value, 1.0) && !value.contains('%') =>
                {
                    has_zero_box = true;
                }
                "overflow" if value == "hidden" => clips = true,
                "color" => self.colour = parse_colour(value),
                "background-color" => self.background = Some(background(value)),
                "background" => self.background = Some(background(value)),
                "background-image" if value != "none" => self.background = Some(Background::Unknown),
                _ => {}
            }
        }
        self.is_hidden |= has_zero_box && clips;
    }

    /// Reads `bgcolor`.
    pub(super) fn read_bgcolor(&mut self, value: &str) {
        self.background = Some(background(value));
    }

    /// Reads `color` of `<font>`.
    pub(super) fn read_color(&mut self, value: &str) {
        self.colour = parse_colour(value);
    }
}

/// Whether text of this colour cannot be read on this background.
pub(super) fn is_unreadable(text: Colour, background: Background) -> bool {
    let Background::Plain(behind) = background else {
        return false;
    };
    let distance = |a: u8, b: u8| u32::from(a.abs_diff(b));
    distance(text.0, behind.0) + distance(text.1, behind.1) + distance(text.2, behind.2) <= 24
}

fn background(value: &str) -> Background {
    let value = value.trim().to_ascii_lowercase();
    if value.contains("url(") || value.contains("gradient") {
        return Background::Unknown;
    }
    // The shorthand holds the colour among other words.
    parse_colour(&value)
        .or_else(|| value.split_whitespace().find_map(parse_colour))
        .map_or(Background::Unknown, Background::Plain)
}

/// A length or number below `limit`; units are ignored.
fn is_below(value: &str, limit: f32) -> bool {
    let end = value
        .find(|c: char| !matches!(c, '0'..='9' | '.' | '-' | '+'))
        .unwrap_or(value.len());
    let number = value.get(..end).unwrap_or_default();
    number.parse::<f32>().is_ok_and(|number| number < limit)
}

fn parse_colour(value: &str) -> Option<Colour> {
    let value = value.trim();
    if let Some(hex) = value.strip_prefix('#') {
        return parse_hex(hex);
    }
    if let Some(inside) = value
        .strip_prefix("rgb")
        .and_then(|rest| rest.trim_start_matches('a').trim().strip_prefix('('))
    {
        let mut channels = inside
            .split([',', ' ', '/', ')'])
            .filter(|piece| !piece.is_empty())
            .map(|piece| piece.trim().parse::<f32>().unwrap_or(0.0).clamp(0.0, 255.0));
        let (red, green, blue) = (channels.next()?, channels.next()?, channels.next()?);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to 0..=255 above"
        )]
        return Some(Colour(red as u8, green as u8, blue as u8));
    }
    let named = match value {
        "white" => WHITE,
        "black" => Colour(0, 0, 0),
        "red" => Colour(255, 0, 0),
        "green" => Colour(0, 128, 0),
        "blue" => Colour(0, 0, 255),
        "yellow" => Colour(255, 255, 0),
        "gray" | "grey" => Colour(128, 128, 128),
        "silver" => Colour(192, 192, 192),
        "orange" => Colour(255, 165, 0),
        "navy" => Colour(0, 0, 128),
        "snow" | "ghostwhite" | "ivory" | "floralwhite" => Colour(250, 250, 250),
        "whitesmoke" => Colour(245, 245, 245),
        _ if value.len() == 6 => return parse_hex(value),
        _ => return None,
    };
    Some(named)
}

fn parse_hex(hex: &str) -> Option<Colour> {
    let digits: Vec<u8> = hex
        .bytes()
        .map(crate::transfer::hex_digit)
        .collect::<Option<_>>()?;
    match digits.as_slice() {
        [r, g, b] | [r, g, b, _] => Some(Colour(r * 17, g * 17, b * 17)),
        [r1, r2, g1, g2, b1, b2] | [r1, r2, g1, g2, b1, b2, _, _] => {
            Some(Colour(r1 * 16 + r2, g1 * 16 + g2, b1 * 16 + b2))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hiding_styles_are_recognised() {
        let check = |style: &str, expect: bool| {
            let mut found = Style::default();
            found.read_inline(style);
            assert_eq!(found.is_hidden, expect, "{style}");
        };
        check("display:none", true);
        check("DISPLAY : NONE !important", true);
        check("visibility:hidden", true);
        check("font-size:0px", true);
        check("font-size:1px;line-height:1px", true);
        check("font-size:0", true);
        check("font-size:1em", false);
        check("font-size:12px", false);
        check("max-height:0;overflow:hidden", true);
        check("max-height:0", false);
        check("width:100%;overflow:hidden", false);
        check("text-indent:-9999px", true);
        check("position:absolute;left:-10000px", true);
        check("opacity:0", true);
        check("opacity:0.9", false);
        check("mso-hide:all", true);
        check("", false);
    }

    #[test]
    fn colours_are_compared() {
        let check = |text: &str, behind: &str, expect: bool| {
            let colour = parse_colour(text).unwrap();
            assert_eq!(
                is_unreadable(colour, background(behind)),
                expect,
                "{text} on {behind}"
            );
        };
        check("white", "#fff", true);
        check("#FEFEFE", "white", true);
        check("rgb(255, 255, 255)", "#ffffff", true);
        check("rgba(250 250 250 / 1)", "white", true);
        check("white", "#0055aa", false);
        check("white", "url(x.png) white", false);
        check("#333", "none repeat #333333", true);
        assert_eq!(parse_colour("inherit"), None);
    }
}
