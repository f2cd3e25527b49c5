//! What the layout must know about characters: which are invisible, which need shaping, where lines may break. JIS X 4051 in short.

/// Not at the beginning of a line.
const NOT_FIRST: &str = "、。，．・：；？！‼⁇⁈⁉）］｝〕〉》」』】〙〗〟’”｠»ヽヾーァィゥェォッャュョヮヵヶぁぃぅぇぉっゃゅょゎゕゖㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ々〻ゝゞ‐゠–〜～゛゜｡､｣･ｧｨｩｪｫｬｭｮｯｰﾞﾟ,.:;?!)]}%‰％℃°′″";
/// Not at the end of a line.
const NOT_LAST: &str = "（［｛〔〈《「『【〘〖〝‘“｟«｢([{¥￥$＄£￡€№＃";
/// Two of a kind stay together.
const PAIRED: &str = "—―…‥";

/// Whether a line may end with `before` and the next begin with `after`.
pub(super) fn may_break(before: char, after: char) -> bool {
    if after == ' ' || NOT_FIRST.contains(after) || NOT_LAST.contains(before) {
        return false;
    }
    if before == after && PAIRED.contains(before) {
        return false;
    }
    if matches!(before, ' ' | '\u{3000}' | '-' | '/') {
        return !(before == '-' || before == '/') || after.is_alphabetic();
    }
    is_ideographic(before) || is_ideographic(after)
}

/// Scripts that are written without spaces: a line may break between any two of their characters.
fn is_ideographic(character: char) -> bool {
    matches!(u32::from(character), 0x2e80..=0x9fff | 0xf900..=0xfaff | 0xfe30..=0xfe4f | 0xff00..=0xff9f | 0x20000..=0x3ffff)
        || PAIRED.contains(character)
}

/// Controls, and formatting characters by which a text can look like another.
pub(super) fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            u32::from(character),
            0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f | 0x2028..=0x202e
                | 0x2060..=0x206f | 0x3164 | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0xe0000..=0xe00ff | 0xe01f0..=0xe0fff
        )
}

/// Accents that stand for themselves, right-to-left scripts and those of India and South East Asia: set one by one, their characters
/// would not be what was written.
pub(super) fn needs_shaping(character: char) -> bool {
    matches!(
        u32::from(character),
        0x300..=0x36f | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff | 0x20d0..=0x20ff | 0x3099 | 0x309a | 0xfe20..=0xfe2f
            | 0x590..=0x8ff | 0x900..=0xdff | 0xe00..=0x109f | 0x1700..=0x18af | 0x1900..=0x1cff | 0xa800..=0xabff
            | 0xfb1d..=0xfdff | 0xfe70..=0xfefc | 0x10800..=0x10fff | 0x11000..=0x11fff | 0x1e800..=0x1efff
    )
}

/// Chooses another form of the character before it.
pub(super) fn is_variation_selector(character: char) -> bool {
    matches!(u32::from(character), 0xfe00..=0xfe0f | 0xe0100..=0xe01ef)
}

/// A kana and the sound mark that follows it, as file systems take them apart, in one character.
pub(super) fn compose_kana(base: char, mark: char) -> Option<char> {
    const VOICED: &str = "かきくけこさしすせそたちつてとはひふへほカキクケコサシスセソタチツテトハヒフヘホゝヽ";
    const HALF_VOICED: &str = "はひふへほハヒフヘホ";
    let step = match mark {
        '\u{3099}' if VOICED.contains(base) => 1,
        '\u{309a}' if HALF_VOICED.contains(base) => 2,
        '\u{3099}' => {
            return match base {
                'う' => Some('ゔ'),
                'ウ' => Some('ヴ'),
                'ワ' => Some('ヷ'),
                'ヲ' => Some('ヺ'),
                _ => None,
            };
        }
        _ => return None,
    };
    char::from_u32(u32::from(base) + step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_do_not_begin_with_closing_or_end_with_opening_marks() {
        for (before, after, expected) in [
            ('契', '約', true),
            ('約', '。', false),
            ('。', '契', true),
            ('（', '株', false),
            ('社', '）', false),
            ('シ', 'ャ', false),
            ('ャ', 'ー', false),
            ('…', '…', false),
            ('約', 'A', true),
            ('A', 'B', false),
            (' ', 'B', true),
            ('A', ' ', false),
            ('-', 'B', true),
            ('-', '1', false),
            ('1', '%', false),
            ('￥', '1', false),
        ] {
            assert_eq!(may_break(before, after), expected, "{before}|{after}");
        }
    }

    #[test]
    fn kana_taken_apart_are_put_together() {
        for (base, mark, expected) in [
            ('か', '\u{3099}', Some('が')),
            ('ハ', '\u{309a}', Some('パ')),
            ('ホ', '\u{3099}', Some('ボ')),
            ('ウ', '\u{3099}', Some('ヴ')),
            ('つ', '\u{3099}', Some('づ')),
            ('か', '\u{309a}', None),
            ('A', '\u{3099}', None),
        ] {
            assert_eq!(compose_kana(base, mark), expected, "{base}");
        }
    }
}
