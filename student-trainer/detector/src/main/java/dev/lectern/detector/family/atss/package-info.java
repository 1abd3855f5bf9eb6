/** ATSS. */
package dev.lectern.detector.family.atss;
