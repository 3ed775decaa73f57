//! Makes Cargo compile the embedded migrations again when their folders change, which the macro alone does not notice.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
