//! CLAP entry of the plugin with fault injection, written by hand: the macro of nice-plug exports every entry under one
//! name, which is in use in this binary.

// Hosts call these with raw pointers.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_void};
use std::ptr;
use std::sync::{Arc, OnceLock};

use clack_host::prelude::PluginEntry;
use nice_plug::wrapper::clap::{
    CLAP_PLUGIN_FACTORY_ID, CLAP_VERSION, PluginDescriptor, Wrapper, clap_host, clap_plugin, clap_plugin_descriptor,
    clap_plugin_entry, clap_plugin_factory,
};

use super::Plugin;

static FACTORY: clap_plugin_factory = clap_plugin_factory {
    get_plugin_count: Some(count),
    get_plugin_descriptor: Some(describe),
    create_plugin: Some(create),
};

static ENTRY: clap_plugin_entry = clap_plugin_entry {
    clap_version: CLAP_VERSION,
    init: Some(init),
    deinit: Some(deinit),
    get_factory: Some(factory),
};

/// Returns the entry.
pub(crate) fn entry() -> PluginEntry {
    // SAFETY: the entry follows CLAP and is static.
    unsafe { PluginEntry::load_from_raw(&ENTRY, c"/nowhere/FaultyInstanceFactory.clap") }.unwrap()
}

unsafe extern "C" fn init(_: *const c_char) -> bool {
    true
}

unsafe extern "C" fn deinit() {}

unsafe extern "C" fn factory(id: *const c_char) -> *const c_void {
    // SAFETY: a host passes a name that ends with a zero.
    let known = !id.is_null() && unsafe { CStr::from_ptr(id) } == CLAP_PLUGIN_FACTORY_ID;
    if known { ptr::from_ref(&FACTORY).cast() } else { ptr::null() }
}

fn descriptor() -> &'static PluginDescriptor {
    static DESCRIPTOR: OnceLock<PluginDescriptor> = OnceLock::new();
    DESCRIPTOR.get_or_init(PluginDescriptor::for_plugin::<Plugin>)
}

unsafe extern "C" fn count(_: *const clap_plugin_factory) -> u32 {
    1
}

unsafe extern "C" fn describe(_: *const clap_plugin_factory, _: u32) -> *const clap_plugin_descriptor {
    descriptor().clap_plugin_descriptor()
}

unsafe extern "C" fn create(
    _: *const clap_plugin_factory,
    host: *const clap_host,
    _: *const c_char,
) -> *const clap_plugin {
    // SAFETY: the host is valid until the plugin is destroyed, when the wrapper releases its reference.
    unsafe { (*Arc::into_raw(Wrapper::<Plugin>::new(host))).clap_plugin.as_ptr() }
}
