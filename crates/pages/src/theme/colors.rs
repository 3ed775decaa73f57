//! The colors that come of a brand's: the formulas of the style sheet once more, to tell an operator what they give, and
//! to hold that text can be read whatever the brand is.

use super::Accent;

/// What comes of a brand in one scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colors {
    /// A button.
    pub button: Accent,
    /// The text on it.
    pub on_button: Accent,
    /// A link.
    pub link: Accent,
}

impl Accent {
    /// What comes of it on a light page.
    #[must_use]
    pub fn on_light(self) -> Colors {
        let brand = Oklch::of(self);
        let lightness = if brand.lightness > TURN {
            brand.lightness.clamp(0.64, 0.88)
        } else {
            brand.lightness.clamp(0.3, 0.54)
        };
        let button = brand.with(lightness, brand.chroma);
        let text = if lightness < TURN { 0.995 } else { 0.13 };
        Colors {
            button: button.shown(),
            on_button: button.with(text, 0.012).shown(),
            link: brand.with(brand.lightness.clamp(0.3, 0.48), 0.19).shown(),
        }
    }

    /// What comes of it on a dark page.
    #[must_use]
    pub fn on_dark(self) -> Colors {
        let brand = Oklch::of(self);
        let link = brand.with(brand.lightness.clamp(0.76, 0.86), 0.12).shown();
        Colors {
            button: link,
            on_button: brand.with(0.2, 0.03).shown(),
            link,
        }
    }
}

/// The lightness on which black and white can be read alike badly.
const TURN: f64 = 0.58;

/// A color by lightness, chroma and hue, as CSS Color 4 has it. The hue is kept as a direction.
#[derive(Clone, Copy)]
struct Oklch {
    lightness: f64,
    chroma: f64,
    direction: (f64, f64),
}

impl Oklch {
    /// CSS Color 4, section 17.
    fn of(color: Accent) -> Self {
        let [red, green, blue] = color.rgb().map(super::linear);
        let cone = |r: f64, g: f64, b: f64| (r * red + g * green + b * blue).cbrt();
        let long = cone(0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9);
        let medium = cone(0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6);
        let short = cone(0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5);
        let lightness = 0.210_454_255_3 * long + 0.793_617_785_0 * medium - 0.004_072_046_8 * short;
        let a = 1.977_998_495_1 * long - 2.428_592_205_0 * medium + 0.450_593_709_9 * short;
        let b = 0.025_904_037_1 * long + 0.782_771_766_2 * medium - 0.808_675_766_0 * short;
        let chroma = a.hypot(b);
        let direction = if chroma > 0.0 {
            (a / chroma, b / chroma)
        } else {
            (1.0, 0.0)
        };
        Self {
            lightness,
            chroma,
            direction,
        }
    }

    /// The same hue, of another lightness, and of at most that chroma.
    fn with(self, lightness: f64, most_chroma: f64) -> Self {
        Self {
            lightness,
            chroma: self.chroma.min(most_chroma),
            ..self
        }
    }

    /// As a screen shows it: what lies outside sRGB is cut off, as browsers do.
    fn shown(self) -> Accent {
        let (a, b) = (self.chroma * self.direction.0, self.chroma * self.direction.1);
        let cone = |x: f64, y: f64| (self.lightness + x * a + y * b).powi(3);
        let long = cone(0.396_337_777_4, 0.215_803_757_3);
        let medium = cone(-0.105_561_345_8, -0.063_854_172_8);
        let short = cone(-0.089_484_177_5, -1.291_485_548_0);
        let mixed = |l: f64, m: f64, s: f64| encoded(l * long + m * medium + s * short);
        Accent([
            mixed(4.076_741_662_1, -3.307_711_591_3, 0.230_969_929_2),
            mixed(-1.268_438_004_6, 2.609_757_401_1, -0.341_319_396_5),
            mixed(-0.004_196_086_3, -0.703_418_614_7, 1.707_614_701_0),
        ])
    }
}

/// A part of a color in sRGB's own scale.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it lies between 0 and 255"
)]
fn encoded(linear: f64) -> u8 {
    let linear = linear.clamp(0.0, 1.0);
    let value = if linear <= 0.003_130_8 {
        linear * 12.92
    } else {
        1.055 * linear.powf(1.0 / 2.4) - 0.055
    };
    (value * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::luminance;

    /// WCAG 2.2, "contrast ratio".
    fn contrast(one: Accent, other: Accent) -> f64 {
        let (one, other) = (luminance(one.rgb()) + 0.05, luminance(other.rgb()) + 0.05);
        one.max(other) / one.min(other)
    }

    fn color(text: &str) -> Accent {
        text.parse().unwrap()
    }

    #[test]
    fn the_colors_of_our_own_brand_are_those_of_the_design() {
        let brand = color("#1d6b62");
        let (light, dark) = (brand.on_light(), brand.on_dark());
        assert_eq!(light.button.to_string(), "#1d6b62");
        assert_eq!(light.link.to_string(), "#1d6b62");
        assert_eq!(light.on_button.to_string(), "#f5fffe");
        assert_eq!(dark.button.to_string(), "#78c1b6");
        assert_eq!(dark.on_button.to_string(), "#041a17");
    }

    #[test]
    fn text_can_be_read_whatever_the_brand_is() {
        let steps = [0_u8, 32, 64, 96, 128, 160, 192, 224, 255];
        let brands = steps
            .iter()
            .flat_map(|red| steps.iter().map(move |green| (*red, *green)))
            .flat_map(|(red, green)| steps.iter().map(move |blue| Accent([red, green, *blue])));
        for brand in brands {
            let hue = Oklch::of(brand);
            let (light, dark) = (brand.on_light(), brand.on_dark());
            let grounds = |card: (f64, f64), ground: (f64, f64)| {
                [card, ground].map(|(lightness, chroma)| hue.with(lightness, chroma).shown())
            };
            assert!(contrast(light.button, light.on_button) >= 4.5, "{brand} {light:?}");
            assert!(contrast(dark.button, dark.on_button) >= 4.5, "{brand} {dark:?}");
            for ground in grounds((0.994, 0.002), (0.962, 0.004)) {
                assert!(contrast(light.link, ground) >= 4.5, "{brand} {light:?}");
            }
            for ground in grounds((0.243, 0.012), (0.2, 0.01)) {
                assert!(contrast(dark.link, ground) >= 4.5, "{brand} {dark:?}");
            }
        }
    }
}
