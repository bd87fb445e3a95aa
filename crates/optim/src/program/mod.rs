//! Linear, quadratic and second-order cone programmes, written row by row and solved by pure Rust
//! solvers.
//!
//! min `1/2 x' P x + c' x` subject to rows `a' x (<=, =, >=) b`, bounds `l <= x <= u` and cones
//! `|| (y_2 .. y_k) || <= y_1` with affine `y_i = g_i' x + h_i`.
//!
//! [`Program::solve`] is the interior-point method of Clarabel (Goulart and Chen 2024) and serves
//! all forms; [`Program::solve_by_simplex`] is the simplex method of microlp for linear programmes:
//! it ends in a vertex and gives no duals. Infeasible, unbounded or unfinished programmes are an
//! [`Outcome`], not an error.

mod build;
mod interior_point;
mod outcome;
mod simplex;

pub use crate::conic::Settings;
pub use build::{Affine, Program, ProgramError, Row, Sense, Variable};
pub use outcome::{Accuracy, Duals, Outcome, Solution};
