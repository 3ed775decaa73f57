//! What devices are called.

use crate::catalogue::Slot;
use crate::markup::Markup;
use crate::visit::Visit;
use portcullis_domain::{DeviceName, Language};

/// The name of a device in the language of the page.
pub(crate) fn name(visit: &Visit, name: Option<DeviceName>) -> Markup {
    match name {
        None => visit.text("device.unknown"),
        Some(DeviceName::Browser(browser, None)) => Markup::escaped(browser.as_str()),
        Some(DeviceName::Browser(browser, Some(system))) => {
            let system = match visit.language {
                Language::English => system.in_english(),
                Language::Korean => system.as_str(),
            };
            let (browser, system) = (Markup::escaped(browser.as_str()), Markup::escaped(system));
            let slots = [("browser", Slot::Markup(&browser)), ("system", Slot::Markup(&system))];
            visit.text_with("device.browser", &slots)
        }
        Some(DeviceName::Program(word)) => {
            let name = Markup::plain_name(&word);
            visit.text_with("device.program", &[("name", Slot::Markup(&name))])
        }
    }
}
