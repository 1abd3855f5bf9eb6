/** Golden cases of ATSS. */
package dev.lectern.golden.family.atss;
