/** Whole detectors, built from a specification. */
package dev.lectern.detector.network;
