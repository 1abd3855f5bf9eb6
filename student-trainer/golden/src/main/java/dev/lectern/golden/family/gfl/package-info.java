/** Golden cases of GFL. */
package dev.lectern.golden.family.gfl;
