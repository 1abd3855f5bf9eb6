/** RepPoints: boxes as point sets, refined once. */
package dev.lectern.detector.family.reppoints;
