//! The icons of the pages: drawings only, never the bearer of a meaning (the word stands beside them).

/// The drawing with this name as an inline SVG element that screen readers pass over; nothing for an unknown name.
pub fn icon(name: &str) -> String {
    let drawing = match name {
        "person" => r#"<circle cx="12" cy="8" r="4"/><path d="M4 21c0-4.5 3.5-7 8-7s8 2.5 8 7"/>"#,
        "warning" => r#"<path d="M12 3 22 20.5H2z"/><path d="M12 10v4.5M12 17.5v.1"/>"#,
        "clock" => r#"<circle cx="12" cy="12" r="9.5"/><path d="M12 6.5V12l3.5 2.5"/>"#,
        "info" => r#"<circle cx="12" cy="12" r="9.5"/><path d="M12 11v5.5M12 7.5v.1"/>"#,
        "ok" => r#"<circle cx="12" cy="12" r="9.5"/><path d="m7.5 12.3 3 3 6-6.6"/>"#,
        "bad" => {
            r#"<path d="M8 2.5h8l5.5 5.5v8L16 21.5H8L2.500 16V8z"/><path d="m8.8 8.8 6.400 6.400m0-6.400-6.400 6.400"/>"#
        }
        "question" => {
            r#"<path d="M12 2 22 12 12 22 2 12z"/><path d="M9.6 10a2.4 2.4 0 1 1 3.4 2.2c-.7.3-1 .8-1 1.5M12 16.3v.1"/>"#
        }
        "lock" => r#"<rect x="5" y="10.5" width="14" height="10.5" rx="1.5"/><path d="M8 10.5V7.5a4 4 0 0 1 8 0v3"/>"#,
        "file" => r#"<path d="M6 2.5h8l4.5 4.5v14.5H6z"/><path d="M14 2.5V7h4.5"/>"#,
        "file-check" => r#"<path d="M5 2.5h9l5 5v14H5z"/><path d="M14 2.5v5h5M8.5 14.5l2.5 2.5 4.5-5"/>"#,
        "passkey" => concat!(
            r#"<circle cx="9" cy="7.5" r="4"/><path d="M2.5 20c0-4 2.8-6.5 6.5-6.5 1.3 0 2.5.3 3.5.8"/>"#,
            r#"<circle cx="17.5" cy="12" r="2.75"/><path d="M17.5 14.75V21l2-1.700-1.200-1.5 1.5-1.600"/>"#
        ),
        "left" => r#"<path d="M19 12H5m5.5-5.5L5 12l5.5 5.5"/>"#,
        "right" => r#"<path d="M5 12h14m-5.5-5.5L19 12l-5.5 5.5"/>"#,
        "download" => r#"<path d="M12 4v12m-4.5-4.5L12 16l4.5-4.5M4 15v5h16v-5"/>"#,
        "upload" => r#"<path d="M12 16V4m-4.5 4.5L12 4l4.5 4.5M4 15v5h16v-5"/>"#,
        "pen" => r#"<path d="m4 20 1-4.5L16.5 4l3.5 3.5L8.5 19zM14 6.5 17.5 10"/>"#,
        _ => return String::new(),
    };
    format!(r#"<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{drawing}</svg>"#)
}
