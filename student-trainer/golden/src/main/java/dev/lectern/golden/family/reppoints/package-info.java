/** Golden cases of RepPoints. */
package dev.lectern.golden.family.reppoints;
