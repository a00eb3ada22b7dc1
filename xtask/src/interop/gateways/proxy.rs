//! The gateways, each run on the files of `docs/gateways/` that the page shows, with nothing changed in them but hosts
//! and ports.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::super::packages::{PythonPackages, debian};
use super::super::process::{Started, free_address};
use super::call::{self, Call};
use crate::project::root;

/// The hosts that the page has, and those that the private Chancery is configured with.
const HOSTS: [(&str, &str); 2] = [("api.example.com", PRODUCTION), ("sandbox.example.com", INTEGRATION)];
pub(super) const PRODUCTION: &str = "api.localhost";
pub(super) const INTEGRATION: &str = "integration.localhost";
/// The ports that the page has: the gateway's, the door's and the API's.
const PORTS: [&str; 3] = ["8000", "8090", "9000"];
const TOKEN: &str = "CHANCERY_GATEWAY_TOKEN";
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy)]
pub(super) enum Proxy {
    Nginx,
    Traefik,
    Caddy,
    Envoy,
}

/// Where a gateway stands.
#[derive(Debug)]
pub(super) struct Surroundings<'a> {
    pub(super) folder: &'a Path,
    pub(super) packages: &'a PythonPackages,
    pub(super) doors: SocketAddr,
    pub(super) api: SocketAddr,
    /// The gateway's own token.
    pub(super) token: &'a str,
}

/// A gateway that listens.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) proxy: Proxy,
    pub(super) url: String,
    process: Started,
}

impl Proxy {
    pub(super) const ALL: [Self; 4] = [Self::Nginx, Self::Traefik, Self::Caddy, Self::Envoy];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Traefik => "Traefik",
            Self::Caddy => "Caddy",
            Self::Envoy => "Envoy",
        }
    }

    fn files(self) -> &'static [&'static str] {
        match self {
            Self::Nginx => &["nginx.conf"],
            Self::Traefik => &["traefik.yml", "traefik-chancery.yml"],
            Self::Caddy => &["Caddyfile"],
            Self::Envoy => &["envoy.yaml"],
        }
    }

    pub(super) fn start(self, around: &Surroundings<'_>) -> Result<Running> {
        let folder = around.folder.join(self.name().to_lowercase());
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
        let address = free_address()?;
        for file in self.files() {
            configure(file, &folder, [address, around.doors, around.api])?;
        }
        let mut command = self.command(&folder, around)?;
        command.env(TOKEN, around.token);
        let mut process = Started::new(self.name(), &command, "", &folder)?;
        process.wait_for(address)?;
        let running = Running { proxy: self, url: format!("http://{address}"), process };
        running.wait_until_it_asks()?;
        Ok(running)
    }

    fn command(self, folder: &Path, around: &Surroundings<'_>) -> Result<Command> {
        let program = |path: &str| Command::new(around.packages.program(path));
        let file = |at: usize| folder.join(self.files()[at]);
        Ok(match self {
            Self::Nginx => nginx(folder, around)?,
            Self::Traefik => {
                let mut traefik = program("bin/traefik");
                traefik.arg(format!("--configFile={}", file(0).display())).current_dir(folder);
                traefik
            }
            Self::Caddy => {
                let mut caddy = program("bin/caddy");
                caddy.args(["run", "--adapter", "caddyfile", "--config"]).arg(file(0));
                caddy.env("XDG_CONFIG_HOME", folder).env("XDG_DATA_HOME", folder);
                caddy
            }
            Self::Envoy => {
                let mut envoy = program("envoy/_bin/envoy");
                envoy.args(["--disable-hot-restart", "--concurrency", "1", "-c"]).arg(file(0));
                envoy
            }
        })
    }
}

impl Running {
    /// The end of what it said.
    pub(super) fn said(&self) -> String {
        self.process.said()
    }

    /// Some listen before they have read all of their configuration.
    fn wait_until_it_asks(&self) -> Result<()> {
        let (agent, nameless) = (call::agent(), Call::get(PRODUCTION, "/"));
        let deadline = Instant::now() + PATIENCE;
        loop {
            let reply = nameless.send(&agent, &self.url)?;
            if reply.status == 401 {
                return Ok(());
            }
            let said = self.process.said();
            ensure!(Instant::now() < deadline, "a call without a token gets {}:\n{said}", reply.told());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Writes a file of the page, with the hosts and ports of here.
fn configure(file: &str, folder: &Path, addresses: [SocketAddr; 3]) -> Result<()> {
    let shown = root().join("docs/gateways").join(file);
    let mut text = fs::read_to_string(&shown).with_context(|| format!("reading {}", shown.display()))?;
    for (shown, here) in HOSTS {
        text = text.replace(shown, here);
    }
    for (shown, here) in PORTS.into_iter().zip(addresses) {
        text = text.replace(shown, &here.port().to_string());
    }
    fs::write(folder.join(file), text).with_context(|| format!("writing {file}"))
}

/// nginx in one process, so that nothing outlives it.
fn nginx(folder: &Path, around: &Surroundings<'_>) -> Result<Command> {
    let program = debian("nginx", "usr/sbin/nginx", around.folder)?;
    let built = Command::new(&program).arg("-V").output().context("starting nginx")?;
    let has = String::from_utf8_lossy(&built.stderr).contains("http_auth_request_module");
    ensure!(has, "{} is built without http_auth_request_module", program.display());
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("    {name}_temp_path {}/{name};\n", folder.display()))
        .concat();
    let main = format!(
        "pid {folder}/nginx.pid;\nevents {{}}\nhttp {{\n{temporary}    access_log off;\n    include nginx.conf;\n}}\n",
        folder = folder.display()
    );
    fs::write(folder.join("main.conf"), main).context("writing nginx's main.conf")?;
    let token = folder.join("chancery-gateway-token.conf");
    let mut token = OpenOptions::new().write(true).create_new(true).mode(0o600).open(token)?;
    writeln!(token, "proxy_set_header Chancery-Gateway-Token \"{}\";", around.token)?;
    let mut nginx = Command::new(program);
    nginx.arg("-p").arg(folder).args(["-c", "main.conf", "-e", "stderr", "-g"]);
    nginx.arg("daemon off; master_process off; error_log stderr;");
    Ok(nginx)
}
