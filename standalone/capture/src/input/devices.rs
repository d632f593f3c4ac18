//! What can be heard on this machine, and the device behind a name.

use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{Device, DeviceDirection, DeviceId, Host, HostId};
use serde::Serialize;

use super::{Trouble, quiet, turn};

/// An input, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Found {
    /// By which it is chosen: `host:name`, the same tomorrow.
    pub(crate) id: String,
    /// For people.
    pub(crate) name: String,
    /// What it is.
    pub(crate) kind: Kind,
    /// Whether it is what is heard when nothing is chosen.
    pub(crate) default: bool,
    /// Its own rate in Hz, if it says so.
    pub(crate) rate_hz: Option<u32>,
    /// Its channels, if it says so.
    pub(crate) channels: Option<u16>,
}

/// What an input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// A microphone, a line, or another program.
    Input,
    /// What this machine plays.
    Monitor,
}

/// A device with its id.
pub(super) struct Chosen {
    pub(super) id: String,
    pub(super) device: Device,
}

/// Everything that can be heard now, the default first.
pub(crate) fn list() -> Vec<Found> {
    let _turn = turn::take();
    quiet::libraries();
    let default = default_input().ok().map(|chosen| chosen.id);
    let mut found: Vec<Found> = hosts().flat_map(|host| inputs(&host)).map(|input| describe(input, &default)).collect();
    found.sort_by_key(|found| !found.default);
    found
}

/// The device that is meant: an id, or a name that only one has; nothing for the default.
pub(super) fn find(asked: Option<&str>) -> Result<Chosen, Trouble> {
    quiet::libraries();
    let Some(asked) = asked else { return default_input() };
    let mut known = Vec::new();
    let mut named = Vec::new();
    let of_host = host_named(asked);
    for host in hosts().filter(|host| of_host.is_none_or(|id| id == host.id())) {
        for (chosen, kind) in inputs(&host) {
            if chosen.id == asked {
                return Ok(chosen);
            }
            if describe_name(&chosen.device) == asked {
                named.push((chosen, kind));
            } else {
                known.push(chosen.id);
            }
        }
    }
    match named.len() {
        // Not every device that can be opened is listed.
        0 if of_host.is_some() => unlisted(asked).ok_or(Trouble::Unknown { asked: asked.to_owned(), known }),
        0 => match asked.split_once(':') {
            Some((host, _)) if known.iter().all(|id| !id.starts_with(host)) && !host.contains(' ') => {
                let hosts = cpal::ALL_HOSTS.iter().map(|id| format!("{id}:")).collect();
                Err(Trouble::UnknownHost { asked: asked.to_owned(), hosts })
            }
            _ => Err(Trouble::Unknown { asked: asked.to_owned(), known }),
        },
        1 => named.pop().map(|(chosen, _)| chosen).ok_or(Trouble::NoInput),
        _ => {
            let ids = named.into_iter().map(|(chosen, _)| chosen.id).collect();
            Err(Trouble::Ambiguous { asked: asked.to_owned(), ids })
        }
    }
}

/// The host that an id begins with, whether it is there or not.
fn host_named(asked: &str) -> Option<HostId> {
    asked.parse::<DeviceId>().ok().map(|id| id.host())
}

fn unlisted(asked: &str) -> Option<Chosen> {
    let id: DeviceId = asked.parse().ok()?;
    let device = cpal::host_from_id(id.host()).ok()?.device_by_id(&id)?;
    Some(Chosen { id: asked.to_owned(), device })
}

/// The first of the hosts' defaults that can be opened, beginning with the system's own host: there may be a default
/// that leads nowhere.
fn default_input() -> Result<Chosen, Trouble> {
    let usable = |host: Host| {
        let device = host.default_input_device()?;
        device.default_input_config().ok()?;
        Some(Chosen { id: device.id().ok()?.to_string(), device })
    };
    std::iter::once(cpal::default_host()).chain(hosts()).find_map(usable).ok_or(Trouble::NoInput)
}

fn hosts() -> impl Iterator<Item = Host> {
    cpal::available_hosts().into_iter().filter_map(|id| cpal::host_from_id(id).ok())
}

fn inputs(host: &Host) -> Vec<(Chosen, Kind)> {
    let with_id = |kind: Kind| {
        move |device: Device| {
            let id = device.id().ok()?.to_string();
            let kind = if id.ends_with(".monitor") { Kind::Monitor } else { kind };
            Some((Chosen { id, device }, kind))
        }
    };
    let hears = |device: &Device| device.description().is_ok_and(|found| found.direction() != DeviceDirection::Output);
    let mut found: Vec<(Chosen, Kind)> =
        host.input_devices().into_iter().flatten().filter(hears).filter_map(with_id(Kind::Input)).collect();
    // There an output can be opened as an input, which then hears what it plays.
    if cfg!(any(target_os = "windows", target_os = "macos")) {
        found.extend(host.output_devices().into_iter().flatten().filter_map(with_id(Kind::Monitor)));
    }
    found
}

fn describe_name(device: &Device) -> String {
    device.description().map(|description| description.name().to_owned()).unwrap_or_default()
}

fn describe((chosen, kind): (Chosen, Kind), default: &Option<String>) -> Found {
    let name = describe_name(&chosen.device);
    let config = chosen.device.default_input_config().or_else(|_| chosen.device.default_output_config()).ok();
    Found {
        name: name.lines().next().unwrap_or_default().to_owned(),
        kind,
        default: default.as_ref() == Some(&chosen.id),
        rate_hz: config.as_ref().map(|config| config.sample_rate()),
        channels: config.as_ref().map(|config| config.channels()),
        id: chosen.id,
    }
}
