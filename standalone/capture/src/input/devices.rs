//! Enumeration of inputs, and lookup of a device by id or name.

use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{Device, DeviceDirection, DeviceId, Host, HostId};

use super::alsa_plugins;
use super::error::InputError;
use super::input_device::{InputDevice, InputKind};
use super::silence_backend_logs::silence_backend_logs;
use crate::backend_lock;

/// Device with its id.
pub(super) struct ResolvedDevice {
    pub(super) id: String,
    pub(super) device: Device,
}

/// Selection of inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InputSelection {
    /// Inputs without the plug-ins of ALSA: converters, and other names of the same cards.
    #[default]
    Usual,
    /// All inputs.
    All,
}

/// Returns the inputs that exist now, the default first. An input that is not selected can still be opened by its id.
/// Blocks.
pub fn list(selection: InputSelection) -> Vec<InputDevice> {
    let _lock = backend_lock::lock();
    silence_backend_logs();
    let default = default_input().ok().map(|chosen| chosen.id);
    let mut found: Vec<InputDevice> =
        hosts().flat_map(|host| inputs(&host)).map(|input| describe(input, &default)).collect();
    found.sort_by_key(|found| !found.default);
    if selection == InputSelection::Usual {
        alsa_plugins::hide(&mut found);
    }
    found
}

/// Returns the device with an id, or with a name that no other device has; the default device for `None`. Blocks.
pub(super) fn find(requested: Option<&str>) -> Result<ResolvedDevice, InputError> {
    silence_backend_logs();
    let Some(requested) = requested else { return default_input() };
    let mut known = Vec::new();
    let mut named = Vec::new();
    let of_host = host_named(requested);
    for host in hosts().filter(|host| of_host.is_none_or(|id| id == host.id())) {
        for (chosen, kind) in inputs(&host) {
            if chosen.id == requested {
                return Ok(chosen);
            }
            if describe_name(&chosen.device) == requested {
                named.push((chosen, kind));
            } else {
                known.push(chosen.id);
            }
        }
    }
    match named.len() {
        // Some devices are not listed, but can be opened by their id.
        0 if of_host.is_some() => {
            open_by_id(requested).ok_or(InputError::Unknown { requested: requested.to_owned(), known })
        }
        0 => match requested.split_once(':') {
            Some((host, _)) if known.iter().all(|id| !id.starts_with(host)) && !host.contains(' ') => {
                let hosts = cpal::ALL_HOSTS.iter().map(|id| format!("{id}:")).collect();
                Err(InputError::UnknownHost { requested: requested.to_owned(), hosts })
            }
            _ => Err(InputError::Unknown { requested: requested.to_owned(), known }),
        },
        1 => named.pop().map(|(chosen, _)| chosen).ok_or(InputError::NoInput),
        _ => {
            let ids = named.into_iter().map(|(chosen, _)| chosen.id).collect();
            Err(InputError::Ambiguous { requested: requested.to_owned(), ids })
        }
    }
}

/// Returns the host that prefixes an id, even if the host is not available.
fn host_named(requested: &str) -> Option<HostId> {
    requested.parse::<DeviceId>().ok().map(|id| id.host())
}

fn open_by_id(requested: &str) -> Option<ResolvedDevice> {
    let id: DeviceId = requested.parse().ok()?;
    let device = cpal::host_from_id(id.host()).ok()?.device_by_id(&id)?;
    Some(ResolvedDevice { id: requested.to_owned(), device })
}

/// Returns the first default input that can be opened, starting with the default host: the default device of a host may
/// not exist.
fn default_input() -> Result<ResolvedDevice, InputError> {
    let usable = |host: Host| {
        let device = host.default_input_device()?;
        device.default_input_config().ok()?;
        Some(ResolvedDevice { id: device.id().ok()?.to_string(), device })
    };
    hosts_default_first().find_map(usable).ok_or(InputError::NoInput)
}

/// Returns the available hosts after the default one, which therefore comes twice.
pub(crate) fn hosts_default_first() -> impl Iterator<Item = Host> {
    std::iter::once(cpal::default_host()).chain(hosts())
}

fn hosts() -> impl Iterator<Item = Host> {
    cpal::available_hosts().into_iter().filter_map(|id| cpal::host_from_id(id).ok())
}

fn inputs(host: &Host) -> Vec<(ResolvedDevice, InputKind)> {
    let with_id = |kind: InputKind| {
        move |device: Device| {
            let id = device.id().ok()?.to_string();
            let kind = if id.ends_with(".monitor") { InputKind::Monitor } else { kind };
            Some((ResolvedDevice { id, device }, kind))
        }
    };
    let is_input =
        |device: &Device| device.description().is_ok_and(|found| found.direction() != DeviceDirection::Output);
    let mut found: Vec<(ResolvedDevice, InputKind)> =
        host.input_devices().into_iter().flatten().filter(is_input).filter_map(with_id(InputKind::Input)).collect();
    // On these systems an output device can be opened as an input (loopback).
    if cfg!(any(target_os = "windows", target_os = "macos")) {
        found.extend(host.output_devices().into_iter().flatten().filter_map(with_id(InputKind::Monitor)));
    }
    found
}

fn describe_name(device: &Device) -> String {
    device.description().map(|description| description.name().to_owned()).unwrap_or_default()
}

fn describe((chosen, kind): (ResolvedDevice, InputKind), default: &Option<String>) -> InputDevice {
    let name = describe_name(&chosen.device);
    let config = chosen.device.default_input_config().or_else(|_| chosen.device.default_output_config()).ok();
    InputDevice {
        name: name.lines().next().unwrap_or_default().to_owned(),
        kind,
        default: default.as_ref() == Some(&chosen.id),
        rate_hz: config.as_ref().map(|config| config.sample_rate()),
        channels: config.as_ref().map(|config| config.channels()),
        id: chosen.id,
    }
}
