/** Golden cases of FCOS. */
package dev.lectern.golden.family.fcos;
