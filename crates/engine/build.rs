//! The front end is embedded from `web/dist`, which is not in git: before its first build the folder must at least exist.

fn main() -> std::io::Result<()> {
    println!("cargo:rerun-if-changed=../../web/dist");
    std::fs::create_dir_all("../../web/dist")
}
