//! Server signing application: the use cases enrol, authorise, sign, time-stamp, deliver.
