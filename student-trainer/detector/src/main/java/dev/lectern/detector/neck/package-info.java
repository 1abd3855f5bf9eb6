/** Necks: networks that make the backbone's maps equally wide and equally meaningful. */
package dev.lectern.detector.neck;
