/** Generalized focal loss (GFL) and its descendants with the same head, such as NanoDet. */
package dev.lectern.detector.family.gfl;
