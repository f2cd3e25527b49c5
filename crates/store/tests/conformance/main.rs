//! What every database under this store must do. One suite; it asks for a [`store::Store`] and knows nothing of what is behind it.

mod cases;
mod documents;
mod registrations;
mod sessions;
mod tickets;
