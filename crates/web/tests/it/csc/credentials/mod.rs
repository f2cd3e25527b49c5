mod info;
mod list;
