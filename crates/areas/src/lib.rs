//! The business, one folder per area. This file is the table of contents of the product.

pub mod accounts;
pub mod aside;
pub mod attendance;
pub mod burden;
pub mod climbs;
pub mod duties;
pub mod evidence;
pub mod hazards;
pub mod house;
pub mod lessons;
pub mod messages;
pub mod norms;
pub mod organisation;
pub mod patrols;
pub mod printed;
pub mod qr;
pub mod reports;
pub mod retention;
pub mod sample;
pub mod talks;
pub mod terms;
pub mod tips;

use engine::Area;

/// Every room of the house.
pub fn all() -> Vec<Area> {
    vec![
        accounts::area(),
        organisation::area(),
        terms::area(),
        norms::area(),
        lessons::area(),
        attendance::area(),
        hazards::area(),
        tips::area(),
        climbs::area(),
        messages::area(),
        duties::area(),
        patrols::area(),
        talks::area(),
        reports::area(),
        evidence::area(),
        retention::area(),
        burden::area(),
    ]
}
