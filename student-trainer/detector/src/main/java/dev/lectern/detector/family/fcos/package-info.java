/** FCOS. */
package dev.lectern.detector.family.fcos;
