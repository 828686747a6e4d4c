"""What crosses between box and hub? The one contract both programs share; standard library only."""
