"""Files that hang on anything (*allegati*), each exactly as visible as what it hangs on."""
