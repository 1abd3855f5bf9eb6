/**
 * Experiments: trainings by rows and seeds from one plan, each in a process of its own, compared
 * with their baseline in pairs.
 */
package dev.lectern.experiment;
